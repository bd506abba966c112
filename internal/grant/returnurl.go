package grant

import (
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
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || strings.Contains(raw, "#") {
		return invalid("returnUrl", "It must be an absolute URL without a user name and a fragment.")
	}
	if !s.allowsReturn(u) {
		return &Error{Code: CodeReturnURLNotAllowed, Field: "returnUrl",
			Detail: "It is not one of the URLs that this deployment returns to: scheme, host, port and path must be those of an entry in RETURN_URLS."}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return invalid("returnUrl", "Its query is malformed.")
	}
	for _, name := range []string{"status", "code", "error"} {
		if query.Has(name) {
			return invalid("returnUrl", "Its query must not have "+name+": that is ours to add.")
		}
	}
	return nil
}

func (s *Service) allowsReturn(u *url.URL) bool {
	for _, allowed := range s.ReturnURLs {
		a, err := url.Parse(allowed)
		if err == nil && place(a) == place(u) {
			return true
		}
	}
	return false
}

// place is what must match of two return URLs: scheme, host, port and path.
func place(u *url.URL) string {
	scheme := strings.ToLower(u.Scheme)
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[scheme]
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port + path
}

// returnTo adds our answer to a returnUrl and keeps the app's own query as it is.
func returnTo(returnURL string, answer url.Values) string {
	before, query, _ := strings.Cut(returnURL, "?")
	if query != "" {
		query += "&"
	}
	return before + "?" + query + answer.Encode()
}
