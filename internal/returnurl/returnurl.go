// Package returnurl is what an app's page may be that a user's browser is sent
// back to: the entries of RETURN_URLS, and whether a URL matches one. It is shared
// by the configuration and the requests, so that both mean the same.
package returnurl

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"github.com/opgrants/opgrants/internal/pattern"
)

// An Allowed is one entry of RETURN_URLS. The zero value matches nothing.
type Allowed struct {
	scheme  string
	host    string // in lower case, without the port
	port    string // empty: the scheme has none
	anyPort bool
	path    string // encoded; "/" if it is empty
}

// Parse reads an entry: https, a mobile app's own scheme, or http on this machine
// (on any host with insecureLocal). The error says what is wrong and what to do,
// and repeats nothing of the entry.
//
// Own schemes are those of RFC 8252 section 7.1: "apps MUST use a URI scheme based
// on a domain name under their control, expressed in reverse order", so that they
// contain a dot.
func Parse(entry string, insecureLocal bool) (Allowed, error) {
	if strings.Contains(entry, "*") {
		return Allowed{}, errors.New("has a wildcard (*); list each URL, as only its query is free")
	}
	if strings.ContainsAny(entry, "{}^|<>\\\"'`") {
		return Allowed{}, errors.New("has a placeholder, a pattern or a quote; list each URL as it is")
	}
	u, err := ParseURL(entry)
	if err != nil {
		return Allowed{}, err
	}
	switch {
	case u.RawQuery != "" || u.ForceQuery:
		return Allowed{}, errors.New("must not have a query, which is free in the app's requests; leave out what follows the question mark")
	case u.Scheme == "http" && !insecureLocal && !IsLoopback(u.Hostname()):
		return Allowed{}, errors.New("must be https; for development, INSECURE_ALLOW_LOCAL=true allows http")
	}
	a := place(u)
	// RFC 8252 section 7.3: "The authorization server MUST allow any port to be
	// specified at the time of the request for loopback IP redirect URIs".
	a.anyPort = u.Scheme == "http" && u.Port() == "" && IsLoopback(u.Hostname())
	return a, nil
}

// ParseURL reads a URL that a browser may be sent to: absolute, https, http or an
// app's own scheme, without a user name and a fragment. The error repeats nothing
// of it.
func ParseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case strings.ContainsFunc(raw, unicode.IsSpace):
		return nil, errors.New("has a space in it; write %20")
	case err != nil || u.Scheme == "":
		return nil, errors.New("is not an absolute URL such as https://shop.example/thanks")
	case u.Scheme == "https" || u.Scheme == "http":
		if u.Opaque != "" || u.Hostname() == "" {
			return nil, errors.New("is not an absolute URL such as https://shop.example/thanks")
		}
	case !isOwnScheme(u.Scheme):
		return nil, errors.New("must be https, or begin with an app's own scheme, which contains a dot: com.example.shop://thanks")
	case u.Opaque != "":
		return nil, errors.New("needs a slash after the scheme: com.example.shop:/thanks")
	}
	switch {
	case strings.ContainsAny(u.Host, ",; "):
		return nil, errors.New("is more than one URL, or its host has a character that hosts do not have")
	case u.User != nil || userInfo().MatchString(raw):
		return nil, errors.New("must not have a user name or password")
	case strings.Contains(raw, "#"):
		return nil, errors.New("must not have a fragment (#)")
	}
	return u, nil
}

// userInfo is found also in a list of URLs that was taken for one.
var userInfo = pattern.New(`//[^/?]*@`)

// Matches reports whether scheme, host, port and path of u are those of the
// entry. The query is free.
func (a Allowed) Matches(u *url.URL) bool {
	got := place(u)
	if a.anyPort {
		got.port, got.anyPort = a.port, true
	}
	return a.scheme != "" && got == a
}

func place(u *url.URL) Allowed {
	a := Allowed{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port(), path: u.EscapedPath()}
	if a.port == "" {
		a.port = map[string]string{"https": "443", "http": "80"}[a.scheme]
	}
	if a.path == "" {
		a.path = "/"
	}
	return a
}

func isOwnScheme(scheme string) bool {
	return strings.Contains(strings.Trim(scheme, "."), ".")
}

// IsLoopback reports whether a host names this machine.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
