package sandbox

import (
	"crypto/ed25519"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

// The reference implementation knows one label.
const signatureLabel = "sig1"

const badSignatureInput = "invalid signature input"

// notKnown are derived components of RFC 9421 that the reference implementation
// takes for header fields, so that a signature over them never fits.
var notKnown = []string{"@authority", "@path", "@scheme", "@query"}

// checkSignatureHeaders is what happens before anything is looked up: the form
// of the signature, and the digest over the body as JavaScript writes it.
func checkSignatureHeaders(r *http.Request, body *body) (keyID string, f *refusal) {
	wrong := func(hint string) (string, *refusal) { return "", badHeaders(hint) }
	if len(r.Header["Signature-Input"]) == 0 || len(r.Header["Signature"]) == 0 {
		return wrong("there is no Signature-Input, or no Signature: sign with RFC 9421, not with draft-cavage")
	}
	dict, err := httpsfv.UnmarshalDictionary(r.Header["Signature-Input"])
	if err != nil {
		return wrong("Signature-Input is no structured field: " + err.Error())
	}
	input, _ := dict.Get(signatureLabel)
	list, ok := input.(httpsfv.InnerList)
	if !ok {
		return wrong(fmt.Sprintf("Signature-Input has no %s, the only label that is known, but %q", signatureLabel, dict.Names()))
	}
	var covered []string
	for _, item := range list.Items {
		name, _ := item.Value.(string)
		if name != strings.ToLower(name) {
			return wrong(fmt.Sprintf("the component %q is not in lower case", name))
		}
		covered = append(covered, name)
	}
	must := []string{"@method", "@target-uri"}
	if len(r.Header["Authorization"]) > 0 {
		must = append(must, "authorization")
	}
	for _, name := range must {
		if !slices.Contains(covered, name) {
			return wrong(fmt.Sprintf("%q is not covered", name))
		}
	}
	if slices.Contains(covered, "content-digest") {
		if f := body.checkDigest(r); f != nil {
			return "", f
		}
	}
	keyID, _ = keyIDOf(list)
	if keyID == "" {
		return "", refuse(http.StatusUnauthorized, invalidClient, badSignatureInput, "there is no keyid, or it is not quoted")
	}
	return keyID, nil
}

func badHeaders(hint string) *refusal {
	return refuse(http.StatusUnauthorized, invalidClient, "invalid signature headers", hint)
}

// keyIDOf cuts a keyid at a semicolon, as the reference implementation does.
func keyIDOf(list httpsfv.InnerList) (string, bool) {
	value, _ := list.Params.Get("keyid")
	id, ok := value.(string)
	id, _, _ = strings.Cut(id, ";")
	return id, ok
}

// verifySignature reads the client's key and verifies.
func (s *Server) verifySignature(r *http.Request, body *body, c client, keyID string) *refusal {
	key, err := s.key(r.Context(), c, keyID)
	if err != nil {
		return refuse(http.StatusBadRequest, invalidClient, "could not determine client", err.Error())
	}
	return s.verifyWith(key, r, body)
}

// verifyWith verifies the signature alone.
func (s *Server) verifyWith(key ed25519.PublicKey, r *http.Request, body *body) *refusal {
	v := httpsig.Verifier{
		Label:        signatureLabel,
		InsecureBody: true, // a body whose digest is not covered passes there too
		Scheme:       s.scheme,
		Now:          func() time.Time { return time.Time{} }, // no expires is obeyed
		Content:      func(*http.Request) ([]byte, error) { return body.canonical, nil },
		Key:          func(string) (ed25519.PublicKey, error) { return key, nil },
	}
	result, err := v.Verify(r)
	if err != nil {
		return refuse(http.StatusUnauthorized, invalidClient, "invalid signature", err.Error())
	}
	for _, name := range notKnown {
		if slices.Contains(result.Components, name) {
			return refuse(http.StatusUnauthorized, invalidClient, "invalid signature", name+" is covered, which is not known")
		}
	}
	return nil
}
