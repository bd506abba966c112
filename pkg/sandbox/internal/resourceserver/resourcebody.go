package resourceserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// readResourceBody reads the body of a request. It refuses a request without a
// signature where the OpenAPI description demands one.
func readResourceBody(w http.ResponseWriter, r *http.Request, signed bool) (*message.Body, *message.Refusal) {
	b, f := message.ReadBody(w, r)
	switch {
	case f != nil && !f.Plain:
		return nil, message.ResourceError(f.Status, f.Description, f.Hint)
	case f != nil:
		return nil, f
	}
	for _, name := range []string{"Signature-Input", "Signature"} {
		if signed && len(r.Header[name]) == 0 {
			return nil, message.InvalidResource(fmt.Sprintf("headers must have required property '%s'", strings.ToLower(name)))
		}
	}
	return b, nil
}

// parseResource reads a body that must have walletAddress, a URL, and can have these
// members.
func parseResource(b *message.Body, members ...string) (o message.Object, walletAddress string, f *message.Refusal) {
	o, ok := message.ParseObject(b.Canonical)
	if !ok {
		return nil, "", message.InvalidResource("body must be object")
	}
	for name := range o {
		if name != "walletAddress" && !slices.Contains(members, name) {
			return nil, "", message.InvalidResource(fmt.Sprintf("body must NOT have additional properties: %q", name))
		}
	}
	if walletAddress, f = uriMember(o, "walletAddress"); f != nil {
		return nil, "", f
	}
	if o["metadata"] != nil && !strings.HasPrefix(string(o["metadata"]), "{") {
		return nil, "", message.InvalidResource("body.metadata must be object")
	}
	return o, walletAddress, nil
}

// uriMember reads a member that is required.
func uriMember(o message.Object, name string) (string, *message.Refusal) {
	if o[name] == nil {
		return "", message.InvalidResource(fmt.Sprintf("body must have required property '%s'", name))
	}
	text, ok := o.Text(name)
	if !ok || !message.IsURI(text) {
		return "", message.InvalidResource(fmt.Sprintf(`body.%s must match format "uri"`, name))
	}
	return text, nil
}
