package netguard

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// ErrForbidden is the kind of every refusal of a URL or an address. Test with
// [errors.Is].
var ErrForbidden = errors.New("forbidden address")

// forbidden is one refusal: a whole sentence.
type forbidden string

func (f forbidden) Error() string { return string(f) }

func (forbidden) Is(target error) bool { return target == ErrForbidden }

// CheckURL returns an error if u may not be dialled. It must be https on port 443
// without user information, and a literal address must be [Public]. With
// insecureAllowLocal, http, other ports and local addresses are allowed too. The
// addresses of a name are checked when it is dialled.
func CheckURL(u *url.URL, insecureAllowLocal bool) error {
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !insecureAllowLocal):
		return forbidden("the URL must start with https://")
	case u.Opaque != "" || u.Hostname() == "" || strings.HasSuffix(u.Host, ":"):
		return forbidden("the URL must have a host, and a port after its colon")
	case u.User != nil:
		return forbidden("the URL must not hold a user name or password")
	case insecureAllowLocal:
		return nil
	case u.Port() != "" && u.Port() != "443":
		return forbidden("the URL must use port 443")
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !Public(addr) {
		return notPublic(addr)
	}
	return nil
}

func notPublic(addr netip.Addr) error {
	return forbidden(addr.String() + " is not a public address")
}

// MaxURL limits a URL that [ParseURL] accepts, in bytes.
const MaxURL = 4 << 10

// ParseURL parses a URL that will be dialled and applies [CheckURL]. It refuses a
// URL that would not be sent byte for byte as given, as the signature of the
// request would then cover another URL: whatever RFC 3986 wants percent-encoded
// must be, and there must be no fragment. Its errors do not repeat the URL, which
// may hold a secret.
func ParseURL(raw string, insecureAllowLocal bool) (*url.URL, error) {
	if len(raw) > MaxURL {
		return nil, forbidden(fmt.Sprintf("the URL is longer than %d bytes", MaxURL))
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, forbidden("this is not a URL")
	}
	if err := CheckURL(u, insecureAllowLocal); err != nil {
		return nil, err
	}
	if strings.Contains(raw, "#") {
		return nil, forbidden("the URL must not have a fragment")
	}
	if !isASCII(u.Host) {
		return nil, forbidden("the host must be written in ASCII, in Punycode (xn--…)")
	}
	if i := strings.IndexFunc(raw, func(r rune) bool { return !inURL(r) }); i >= 0 {
		return nil, forbidden(fmt.Sprintf("character %d of the URL must be percent-encoded", i+1))
	}
	rest := raw[len(u.Scheme)+len("://"):]
	if sent := u.Host + u.RequestURI(); rest != sent && rest != u.Host && !pathless(rest, u, sent) {
		return nil, forbidden("the URL is not in the form in which it would be sent")
	}
	return u, nil
}

// pathless reports whether rest has a query and no path. HTTP has no other way to
// send https://host?query than as https://host/?query (RFC 9112 section 3.2.1).
func pathless(rest string, u *url.URL, sent string) bool {
	query, ok := strings.CutPrefix(rest, u.Host+"?")
	return ok && sent == u.Host+"/?"+query
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

// inURL reports whether RFC 3986 section 2 allows r in a URL.
func inURL(r rune) bool {
	return r > 0x20 && r < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", r)
}

// Origin returns the scheme, host and port of u in one spelling, for comparison
// (RFC 6454 section 4).
func Origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)]
	}
	return strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
