package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// readResourceBody reads the body of a request; the OpenAPI description demands
// that most are signed.
func readResourceBody(w http.ResponseWriter, r *http.Request, signed bool) (*body, *refusal) {
	b, f := readBody(w, r)
	switch {
	case f != nil && !f.plain:
		return nil, resourceError(f.status, f.description, f.hint)
	case f != nil:
		return nil, f
	}
	for _, name := range []string{"Signature-Input", "Signature"} {
		if signed && len(r.Header[name]) == 0 {
			return nil, invalidResource(fmt.Sprintf("headers must have required property '%s'", strings.ToLower(name)))
		}
	}
	return b, nil
}

// parseResource reads a body that must have walletAddress, a URL, and may have
// these members besides.
func parseResource(b *body, members ...string) (o object, walletAddress string, f *refusal) {
	o, ok := parseObject(b.canonical)
	if !ok {
		return nil, "", invalidResource("body must be object")
	}
	for name := range o {
		if name != "walletAddress" && !slices.Contains(members, name) {
			return nil, "", invalidResource(fmt.Sprintf("body must NOT have additional properties: %q", name))
		}
	}
	if walletAddress, f = o.uri("walletAddress"); f != nil {
		return nil, "", f
	}
	if o["metadata"] != nil && !strings.HasPrefix(string(o["metadata"]), "{") {
		return nil, "", invalidResource("body.metadata must be object")
	}
	return o, walletAddress, nil
}

// uri reads a member that must be there.
func (o object) uri(name string) (string, *refusal) {
	if o[name] == nil {
		return "", invalidResource(fmt.Sprintf("body must have required property '%s'", name))
	}
	text, ok := o.text(name)
	if !ok || !isURI(text) {
		return "", invalidResource(fmt.Sprintf(`body.%s must match format "uri"`, name))
	}
	return text, nil
}
