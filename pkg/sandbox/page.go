package sandbox

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
)

var (
	//go:embed page.css
	pageCSS string
	//go:embed page.html
	pageHTML string

	pages = template.Must(template.New("page").Parse(pageHTML))

	// pagePolicy lets a page load nothing but its own stylesheet.
	pagePolicy = "default-src 'none'; style-src 'sha256-" + hashOf(pageCSS) + "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// A page is what a person sees.
type page struct {
	Title   string
	Heading string
	Lead    string
	Tone    string // good, bad or wait: the sign above the heading
	Code    string // of an error

	Consent *consent // asks
	Back    string   // where to go on to
	Next    string   // where the browser goes by itself
}

// Style is the stylesheet, ours.
func (page) Style() template.CSS { return template.CSS(pageCSS) } // #nosec G203 -- embedded

func (p page) write(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if p.Next != "" {
		h.Set("Refresh", "1; url="+p.Next)
	}
	var b bytes.Buffer
	if err := pages.Execute(&b, p); err != nil { // the templates are ours; the tests run each
		panic("sandbox: " + err.Error())
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// wantsPage reports whether a person asks, not a program.
func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// showRefusal is a page for a browser, JSON for a program.
func showRefusal(w http.ResponseWriter, r *http.Request, f *refusal) {
	if !wantsPage(r) {
		f.write(w)
		return
	}
	p := page{Title: "This link does not work", Heading: "This link does not work", Tone: "bad", Code: f.code,
		Lead: "It may be mistyped, or belong to another wallet. Go back to the app and start again."}
	switch f.description {
	case "interaction expired":
		p.Heading, p.Lead = "This request has expired", "Nothing was allowed. Go back to the app and start again."
	case "invalid interaction", "user denied interaction":
		p.Heading, p.Lead = "This was answered already", "You chose before, or the app has taken its request back. There is nothing more to do here."
	case "interaction is not active":
		p.Heading, p.Lead = "You have not chosen yet", "Open the app's link again, and allow or refuse what it asks."
	case "invalid session":
		p.Heading, p.Lead = "Another request was opened since", "Go back to the app and start again, with one request at a time."
	}
	p.write(w, f.status)
}
