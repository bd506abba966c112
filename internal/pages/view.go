package pages

import (
	"html"
	"net/url"
	"strings"
)

// A View is what differs between two times that a page is shown.
type View struct {
	AppURL  string // the app's page to go back to; empty: unknown
	Reloads bool   // the page is served with a Refresh header
}

// backLink returns a link to the app in HTML, or "" if its page is unknown.
func (v View) backLink() string {
	if !isAppURL(v.AppURL) {
		return ""
	}
	return "\n<p><a class=\"button\" href=\"" + html.EscapeString(v.AppURL) + "\">Back to the app</a></p>"
}

// isAppURL reports whether a link may lead to a URL: https, http, or a mobile
// app's own scheme, which contains a dot (RFC 8252 section 7.1). A URL such as
// javascript:… would run in this page.
func isAppURL(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	if u.Scheme == "https" || u.Scheme == "http" {
		return u.Host != ""
	}
	return strings.Contains(u.Scheme, ".")
}
