package netguard

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// ErrForbidden is what every refusal of a URL or of an address is, by
// [errors.Is].
var ErrForbidden = errors.New("forbidden address")

// forbidden is one refusal, a sentence that is whole by itself.
type forbidden string

func (f forbidden) Error() string { return string(f) }

func (forbidden) Is(target error) bool { return target == ErrForbidden }

// CheckURL says why u may not be dialled: it must be https on port 443 without
// user information, and an address written as a literal must be [Public]. With
// insecureAllowLocal, http, other ports and local addresses pass too. A name is
// looked at when it is dialled.
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

// ParseURL parses a URL that will be dialled and applies [CheckURL]. It refuses
// one that would not be sent byte for byte as given, as then the request's
// signature would cover another URL than the one that was named: all that RFC
// 3986 wants percent-encoded must be, and there is no fragment. Its errors do not
// repeat the URL, which may hold a secret.
func ParseURL(raw string, insecureAllowLocal bool) (*url.URL, error) {
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
	if i := strings.IndexFunc(raw, func(r rune) bool { return !inURL(r) }); i >= 0 {
		return nil, forbidden(fmt.Sprintf("character %d of the URL must be percent-encoded", i+1))
	}
	rest := raw[len(u.Scheme)+len("://"):]
	if sent := u.Host + u.RequestURI(); rest != sent && rest != u.Host && !pathless(rest, u, sent) {
		return nil, forbidden("the URL is not in the form in which it would be sent")
	}
	return u, nil
}

// pathless: https://host?query is sent as https://host/?query, there is no other
// way to say it in HTTP (RFC 9112 section 3.2.1).
func pathless(rest string, u *url.URL, sent string) bool {
	query, ok := strings.CutPrefix(rest, u.Host+"?")
	return ok && sent == u.Host+"/?"+query
}

// inURL reports whether RFC 3986 section 2 allows r in a URL.
func inURL(r rune) bool {
	return r > 0x20 && r < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", r)
}

// Origin is the scheme, host and port of u in one spelling, for comparison
// (RFC 6454 section 4).
func Origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)]
	}
	return strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
