package grant

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// checkReturnURL refuses a returnUrl that the deployment's list does not hold,
// or that we could not add our own answer to.
func (s *Service) checkReturnURL(raw string) error {
	if raw == "" {
		if s.AllowUnbound {
			return nil
		}
		return &Error{Code: CodeReturnURLRequired, Field: "returnUrl",
			Detail: "Give the page of your app that the user comes back to: it is what ties the consent to your user's session."}
	}
	if len(s.ReturnURLs) == 0 {
		return &Error{Code: CodeReturnURLsMissing, Field: "returnUrl",
			Detail: "This deployment allows no return URLs yet. Its operator lists them in RETURN_URLS."}
	}
	u, err := parseReturnURL(raw)
	if err != nil {
		return err
	}
	if !s.allowsReturn(u) {
		return &Error{Code: CodeReturnURLNotAllowed, Field: "returnUrl",
			Detail: "It is not one of the URLs that this deployment returns to: scheme, host, port and path must be those of an entry in RETURN_URLS."}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Invalid("returnUrl", "Its query is malformed.")
	}
	for _, name := range []string{"status", "code", "error"} {
		if query.Has(name) {
			return Invalid("returnUrl", "Its query must not have "+name+": that is ours to add.")
		}
	}
	return nil
}

// parseReturnURL reads a URL that a browser may return to: https, a mobile app's
// own scheme, which contains a dot (RFC 8252 section 7.1), or http at loopback
// (section 7.3).
func parseReturnURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.User != nil || strings.Contains(raw, "#") {
		return nil, Invalid("returnUrl", "It must be an absolute URL without a user name and a fragment.")
	}
	scheme := strings.ToLower(u.Scheme)
	appScheme := strings.Contains(scheme, ".")
	switch {
	case scheme == "" || u.Host == "" && !appScheme:
		return nil, Invalid("returnUrl", "It must be an absolute URL without a user name and a fragment.")
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > '~' }):
		return nil, Invalid("returnUrl", "Write its host in ASCII (punycode, xn--…).")
	case scheme == "https", appScheme, scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	}
	return nil, &Error{Code: CodeReturnURLNotAllowed, Field: "returnUrl",
		Detail: "It must start with https://, with your mobile app's own scheme (com.example.app:), or for development with http:// at localhost."}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func (s *Service) allowsReturn(u *url.URL) bool {
	for _, allowed := range s.ReturnURLs {
		a, err := url.Parse(allowed)
		if err == nil && place(a) == place(withPortOf(a, u)) {
			return true
		}
	}
	return false
}

// withPortOf returns u, without its port if allowed is http on this machine without
// one. RFC 8252 section 7.3: "The authorization server MUST allow any port to be
// specified at the time of the request for loopback IP redirect URIs".
func withPortOf(allowed, u *url.URL) *url.URL {
	if allowed.Scheme != "http" || allowed.Port() != "" || !isLoopback(allowed.Hostname()) || !strings.EqualFold(allowed.Hostname(), u.Hostname()) {
		return u
	}
	same := *u
	same.Host = allowed.Host
	return &same
}

// place is what must match of two return URLs: scheme, host, port and path.
func place(u *url.URL) string {
	scheme := strings.ToLower(u.Scheme)
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[scheme]
	}
	path := encodeURL(u.EscapedPath())
	if path == "" && (scheme == "https" || scheme == "http") {
		path = "/"
	}
	return scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port + path
}

// returnTo adds our answer to a returnUrl, and keeps the app's own query as it is
// but for what a Location header cannot have: that is percent-encoded.
func returnTo(returnURL string, answer url.Values) string {
	before, query, _ := strings.Cut(returnURL, "?")
	if query != "" {
		query += "&"
	}
	return encodeURL(before + "?" + query + answer.Encode())
}

// encodeURL percent-encodes the bytes of a URL that RFC 3986 does not allow in
// one. What is percent-encoded already stays.
func encodeURL(raw string) string {
	var b strings.Builder
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c > '~' || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
