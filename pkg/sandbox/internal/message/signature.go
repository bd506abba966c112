package message

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

// signatureLabel is the only label that the reference implementation knows.
const signatureLabel = "sig1"

// BadSignatureInput is the description of a refusal for want of a keyid.
const BadSignatureInput = "invalid signature input"

// unknownComponents are derived components of RFC 9421 that the reference
// implementation takes for header fields, so that no signature over them is valid.
var unknownComponents = []string{"@authority", "@path", "@scheme", "@query"}

// CheckHeaders checks the form of the signature, and the digest over the body as
// JavaScript writes it. It returns the id of the key that the signature names. Both
// servers do this before they look anything up.
func CheckHeaders(r *http.Request, body *Body) (keyID string, f *Refusal) {
	wrong := func(hint string) (string, *Refusal) { return "", BadHeaders(hint) }
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
		return "", Refuse(http.StatusUnauthorized, InvalidClient, BadSignatureInput, "there is no keyid, or it is not quoted")
	}
	return keyID, nil
}

// BadHeaders refuses a signature or a digest whose form is wrong.
func BadHeaders(hint string) *Refusal {
	return Refuse(http.StatusUnauthorized, InvalidClient, "invalid signature headers", hint)
}

// keyIDOf returns the keyid up to its first semicolon, as the reference
// implementation does.
func keyIDOf(list httpsfv.InnerList) (string, bool) {
	value, _ := list.Params.Get("keyid")
	id, ok := value.(string)
	id, _, _ = strings.Cut(id, ";")
	return id, ok
}

// Verify verifies the signature. scheme is that of the URL which the client signed.
func Verify(scheme string, key ed25519.PublicKey, r *http.Request, body *Body) *Refusal {
	v := httpsig.Verifier{
		Label:        signatureLabel,
		InsecureBody: true, // a body whose digest is not covered passes there too
		Scheme:       scheme,
		Now:          func() time.Time { return time.Time{} }, // no expires is obeyed
		Content:      func(*http.Request) ([]byte, error) { return body.Canonical, nil },
		Key:          func(string) (ed25519.PublicKey, error) { return key, nil },
	}
	result, err := v.Verify(r)
	if err != nil {
		return Refuse(http.StatusUnauthorized, InvalidClient, "invalid signature", err.Error())
	}
	for _, name := range unknownComponents {
		if slices.Contains(result.Components, name) {
			return Refuse(http.StatusUnauthorized, InvalidClient, "invalid signature", name+" is covered, which is not known")
		}
	}
	return nil
}
