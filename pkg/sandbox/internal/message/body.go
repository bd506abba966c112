// Package message reads and verifies the signed requests of clients, and writes
// the refusals of both servers.
package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/dunglas/httpsfv"

	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/jsjson"
)

const bodyLimit = 1 << 20 // of the reference implementation's framework

// A Body is the body of a request. A request without a body counts as one with an
// empty object.
type Body struct {
	received  []byte
	Canonical []byte // as JSON.stringify writes it
}

// ReadBody reads a body of at most 1 MiB that is a JSON object or array.
func ReadBody(w http.ResponseWriter, r *http.Request) (*Body, *Refusal) {
	received, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, PlainText(http.StatusRequestEntityTooLarge, "the body is larger than 1 MiB")
	case err != nil:
		return nil, PlainText(http.StatusBadRequest, "the body could not be read")
	}
	b := &Body{received: received, Canonical: []byte("{}")}
	if len(received) == 0 {
		return b, nil
	}
	if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t != "application/json" {
		return nil, Refuse(http.StatusUnsupportedMediaType, "", "Received error validating OpenAPI request: Unsupported Content-Type", "")
	}
	if b.Canonical, err = jsjson.Stringify(received); err != nil || b.Canonical[0] != '{' && b.Canonical[0] != '[' {
		return nil, PlainText(http.StatusBadRequest, "the body is not a JSON object")
	}
	return b, nil
}

// IsEmpty reports whether the body has no members.
func (b *Body) IsEmpty() bool { return string(b.Canonical) == "{}" || string(b.Canonical) == "[]" }

// checkDigest compares the covered Content-Digest.
func (b *Body) checkDigest(r *http.Request) *Refusal {
	for _, name := range []string{"Content-Digest", "Content-Length", "Content-Type"} {
		if r.Header.Get(name) == "" && !(name == "Content-Length" && r.ContentLength > 0) {
			return BadHeaders("content-digest is covered, but there is no " + name)
		}
	}
	values := r.Header["Content-Digest"]
	dict, err := httpsfv.UnmarshalDictionary(values)
	if err != nil {
		return PlainText(http.StatusInternalServerError, "Content-Digest is no structured field: "+err.Error())
	}
	for _, name := range dict.Names() {
		if name != "sha-256" && name != "sha-512" {
			return PlainText(http.StatusInternalServerError, "the digest algorithm is not known: use sha-512")
		}
	}
	if err := httpsig.VerifyDigest(values, b.Canonical); err != nil {
		return BadHeaders(b.explain(err))
	}
	return nil
}

// explain returns the reason why a digest is wrong, for the log.
func (b *Body) explain(err error) string {
	if bytes.Equal(b.received, b.Canonical) {
		return err.Error()
	}
	i := 0
	for i < len(b.received) && i < len(b.Canonical) && b.received[i] == b.Canonical[i] {
		i++
	}
	return fmt.Sprintf("the body is not spelled as JSON.stringify would, from byte %d on: the digest must be over that", i)
}
