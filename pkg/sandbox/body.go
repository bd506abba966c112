package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/dunglas/httpsfv"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

const bodyLimit = 1 << 20 // of the reference implementation's framework

// A body of a request. An absent one counts as an empty object.
type body struct {
	received  []byte
	canonical []byte // as JSON.stringify writes it
}

func readBody(w http.ResponseWriter, r *http.Request) (*body, *refusal) {
	received, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, plainText(http.StatusRequestEntityTooLarge, "the body is larger than 1 MiB")
	case err != nil:
		return nil, plainText(http.StatusBadRequest, "the body could not be read")
	}
	b := &body{received: received, canonical: []byte("{}")}
	if len(received) == 0 {
		return b, nil
	}
	if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t != "application/json" {
		return nil, refuse(http.StatusUnsupportedMediaType, "", "Received error validating OpenAPI request: Unsupported Content-Type", "")
	}
	if b.canonical, err = stringify(received); err != nil || b.canonical[0] != '{' && b.canonical[0] != '[' {
		return nil, plainText(http.StatusBadRequest, "the body is not a JSON object")
	}
	return b, nil
}

// isEmpty reports whether the body asks for nothing.
func (b *body) isEmpty() bool { return string(b.canonical) == "{}" || string(b.canonical) == "[]" }

// checkDigest compares the covered Content-Digest.
func (b *body) checkDigest(r *http.Request) *refusal {
	for _, name := range []string{"Content-Digest", "Content-Length", "Content-Type"} {
		if r.Header.Get(name) == "" && !(name == "Content-Length" && r.ContentLength > 0) {
			return badHeaders("content-digest is covered, but there is no " + name)
		}
	}
	values := r.Header["Content-Digest"]
	dict, err := httpsfv.UnmarshalDictionary(values)
	if err != nil {
		return plainText(http.StatusInternalServerError, "Content-Digest is no structured field: "+err.Error())
	}
	for _, name := range dict.Names() {
		if name != string(httpsig.SHA256) && name != string(httpsig.SHA512) {
			return plainText(http.StatusInternalServerError, "the digest algorithm is not known: use sha-512")
		}
	}
	if err := httpsig.VerifyDigest(values, b.canonical); err != nil {
		return badHeaders(b.explain(err))
	}
	return nil
}

// explain says why a digest is wrong, when the body's spelling may be why.
func (b *body) explain(err error) string {
	if bytes.Equal(b.received, b.canonical) {
		return err.Error()
	}
	i := 0
	for i < len(b.received) && i < len(b.canonical) && b.received[i] == b.canonical[i] {
		i++
	}
	return fmt.Sprintf("the body is not spelled as JSON.stringify would, from byte %d on: the digest must be over that", i)
}
