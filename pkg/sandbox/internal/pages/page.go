// Package pages writes the pages that a person sees in the browser.
package pages

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

var (
	//go:embed page.css
	pageCSS string
	//go:embed page.html
	pageHTML string

	pages = template.Must(template.New("page").Parse(pageHTML))

	// policy allows a page nothing but its own stylesheet.
	policy = "default-src 'none'; style-src 'sha256-" + hash(pageCSS) + "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// A Page is what a person sees.
type Page struct {
	Title   string
	Heading string
	Lead    string
	Tone    string // good or bad: the sign above the heading
	Code    string // of an error

	Consent *Consent // the question to the user; nil: the page is a message
	Back    string   // the URL of the button Continue
	Next    string   // the URL that the browser opens by itself
}

// A Consent is the question to the user, in words.
type Consent struct {
	Client, ClientURL string
	Subject           string // the wallet address that the client wants proved
	Payments          []Payment
	Others            []string // further rights
	Finish            string   // the URL for a user who leaves without choosing; "" where the client polls
}

// A Payment is a request for outgoing-payment access.
type Payment struct {
	From     string // wallet address
	Amount   string // "1.30 USD"; "" without a limit
	Received bool   // Amount is what the receiver gets
	HowOften string // "Every day, from …"; "" without an interval
	To       string // URL; "" for anyone
	ToHost   string
	MayPay   bool // create is among the actions
	MayRead  []string
}

// Initial returns the letter that stands for a picture of the client.
func (c *Consent) Initial() string {
	_, size := utf8.DecodeRuneInString(c.Client)
	return strings.ToUpper(c.Client[:size])
}

// Style returns the stylesheet.
func (Page) Style() template.CSS { return template.CSS(pageCSS) } // #nosec G203 -- embedded

// Write answers with the page.
func (p Page) Write(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if p.Next != "" {
		h.Set("Refresh", "1; url="+p.Next)
	}
	var b bytes.Buffer
	if err := pages.Execute(&b, p); err != nil { // the tests run each of our templates
		panic("sandbox: " + err.Error())
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// WantsHTML reports whether a person asks, not a program.
func WantsHTML(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// WriteRefusal answers a browser with a page and a program with JSON.
func WriteRefusal(w http.ResponseWriter, r *http.Request, f *message.Refusal) {
	if !WantsHTML(r) {
		f.Write(w)
		return
	}
	p := Page{Title: "This link does not work", Heading: "This link does not work", Tone: "bad", Code: f.Code,
		Lead: "It may be mistyped, or belong to another wallet. Go back to the app and start again."}
	switch f.Description {
	case "interaction expired":
		p.Heading, p.Lead = "This request has expired", "Nothing was allowed. Go back to the app and start again."
	case "invalid interaction", "user denied interaction":
		p.Heading, p.Lead = "This was answered already", "You chose before, or the app has taken its request back. There is nothing more to do here."
	case "interaction is not active":
		p.Heading, p.Lead = "You have not chosen yet", "Open the app's link again, and allow or refuse what it asks."
	case "invalid session":
		p.Heading, p.Lead = "Another request was opened since", "Go back to the app and start again, with one request at a time."
	}
	p.Write(w, f.Status)
}
