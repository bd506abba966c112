package demo

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"time"
)

//go:embed pages
var files embed.FS

var (
	style, _ = files.ReadFile("pages/style.css")
	styleSum = sha256.Sum256(style)

	frontPage    = parse("front.html")
	orderPage    = parse("order.html")
	strangerPage = parse("stranger.html")
)

type frontData struct {
	Customer, Amount, Limit string
	Daily                   bool
	Error                   string
	Open                    []order // orders whose permission allows more
}

type orderData struct {
	Order   *order
	Key     string // of the form
	Now     time.Time
	Actions []shownAction
}

// A shownAction is an action and the requests that were made for it.
type shownAction struct {
	What string
	Wire []entry
}

// parse reads a page and puts it into the layout.
func parse(name string) *template.Template {
	funcs := template.FuncMap{
		"style": func() template.CSS { return template.CSS(style) }, // #nosec G203 -- ours, embedded
		"shop":  func() string { return shopName },
	}
	return template.Must(template.New("layout.html").Funcs(funcs).ParseFS(files, "pages/layout.html", "pages/"+name))
}

func (s *shop) render(w http.ResponseWriter, status int, page *template.Template, data any) {
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	// The answer to the order form redirects to the wallet, and browsers apply
	// form-action to redirects too.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(styleSum[:])+
		"'; form-action 'self' "+s.wallet+"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
