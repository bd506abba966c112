package netguard

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// ErrForbidden is wrapped by every refusal of a URL or of an address.
var ErrForbidden = errors.New("forbidden address")

// CheckURL says why u may not be dialled: it must be https on port 443 without
// user information, and an address written as a literal must be [Public]. With
// insecureAllowLocal, http, other ports and local addresses pass too. A name is
// looked at when it is dialled.
func CheckURL(u *url.URL, insecureAllowLocal bool) error {
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !insecureAllowLocal):
		return fmt.Errorf("%w: the URL must start with https://", ErrForbidden)
	case u.Opaque != "" || u.Hostname() == "":
		return fmt.Errorf("%w: the URL has no host", ErrForbidden)
	case u.User != nil:
		return fmt.Errorf("%w: the URL must not hold a user name or password", ErrForbidden)
	case insecureAllowLocal:
		return nil
	case strings.HasSuffix(u.Host, ":") || (u.Port() != "" && u.Port() != "443"):
		return fmt.Errorf("%w: the URL must use port 443", ErrForbidden)
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !Public(addr) {
		return fmt.Errorf("%w: %s is not a public address", ErrForbidden, addr)
	}
	return nil
}

// ParseURL parses a URL that will be dialled and applies [CheckURL]. It refuses
// one that would not be sent byte for byte as given, as then the request's
// signature would cover another URL than the one that was named: all that RFC
// 3986 wants percent-encoded must be, and there is no fragment. Its errors do not
// repeat the URL, which may hold a secret.
func ParseURL(raw string, insecureAllowLocal bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: this is no URL", ErrForbidden)
	}
	if err := CheckURL(u, insecureAllowLocal); err != nil {
		return nil, err
	}
	if strings.Contains(raw, "#") {
		return nil, fmt.Errorf("%w: the URL must not have a fragment", ErrForbidden)
	}
	if i := strings.IndexFunc(raw, func(r rune) bool { return !inURL(r) }); i >= 0 {
		return nil, fmt.Errorf("%w: character %d of the URL must be percent-encoded", ErrForbidden, i+1)
	}
	rest := raw[len(u.Scheme)+len("://"):]
	if sent := u.Host + u.RequestURI(); rest != sent && rest != u.Host && !pathless(rest, u, sent) {
		return nil, fmt.Errorf("%w: the URL is not in the form in which it would be sent", ErrForbidden)
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
