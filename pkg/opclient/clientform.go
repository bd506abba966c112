package opclient

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/opgrants/opgrants/internal/netguard"
)

// The member client of a grant request is an object or a string (OpenAPI
// post-request). The string is deprecated, and servers of the reference
// implementation before v2.4.0-beta take nothing else.
type clientObject struct {
	WalletAddress string `json:"walletAddress"`
}

// clientMember returns the member client in one of its two forms.
func clientMember(walletAddress string, asString bool) json.RawMessage {
	var member any = clientObject{walletAddress}
	if asString {
		member = walletAddress
	}
	text, _ := encodeJSON(member) // which does not fail: it is a text
	return text
}

// isFormRefused reports whether err can mean that a server does not take the form of
// the member client: 400 without a code of RFC 9635, as a failed validation of the
// body is answered. The server has not acted then.
func isFormRefused(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusBadRequest && (e.Code == "" || !e.GNAP)
}

// errorOfBothForms returns the error that explains more, when a server has refused
// the first form of a grant request and then answered with second to the other form.
// That is first only if second complains about the member client.
func errorOfBothForms(first, second error) error {
	e, _ := errors.AsType[*Error](second)
	if isFormRefused(second) && strings.Contains(strings.ToLower(e.Description), "client") {
		return first
	}
	return second
}

// maxStringOrigins limits the memory of [clientForms]. An origin takes at most
// [netguard.MaxURL].
const maxStringOrigins = 256

// clientForms remembers the origins whose servers took the string after they had
// refused the object. The zero value is empty.
type clientForms struct {
	mu      sync.Mutex
	origins map[string]struct{}
}

func (f *clientForms) wantsString(origin string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.origins[origin]
	return ok
}

// save remembers the form that a server took. If there are too many origins, it
// forgets one of the others.
func (f *clientForms) save(origin string, asString bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.origins, origin)
	if !asString {
		return
	}
	if f.origins == nil {
		f.origins = map[string]struct{}{}
	}
	for other := range f.origins {
		if len(f.origins) < maxStringOrigins {
			break
		}
		delete(f.origins, other)
	}
	f.origins[strings.Clone(origin)] = struct{}{}
}

// originOf returns the origin of a URL; "" if it cannot be dialled.
func (c *Client) originOf(raw string) string {
	u, err := netguard.ParseURL(raw, c.insecure)
	if err != nil {
		return ""
	}
	return netguard.Origin(u)
}
