package shop

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/demo/journal"
)

//go:embed pages
var files embed.FS

var (
	style, _  = files.ReadFile("pages/style.css")
	script, _ = files.ReadFile("pages/fresh.js")

	frontPage    = parse("front.html")
	orderPage    = parse("order.html", "wire.html")
	strangerPage = parse("stranger.html")
)

type frontData struct {
	Customer, Amount, Limit string
	Daily                   bool
	Error                   string
	Key                     string   // of the form
	Open                    []*order // orders that wait for the customer, or whose permission allows more
}

type orderData struct {
	Order    *order
	Version  string
	Key      string // of the form
	Now      time.Time
	RealTime bool // the service cannot go along for a day
	Places   []string
	Actions  []shownAction
}

// A shownAction is an action and the requests that were made for it.
type shownAction struct {
	What string
	Wire []journal.Entry
}

// parse reads a page and puts it into the layout.
func parse(names ...string) *template.Template {
	funcs := template.FuncMap{
		"style":  func() template.CSS { return template.CSS(style) }, // #nosec G203 -- ours, embedded
		"script": func() template.JS { return template.JS(script) },  // #nosec G203 -- ours, embedded
		"shop":   func() string { return Name },
	}
	all := []string{"pages/layout.html"}
	for _, name := range names {
		all = append(all, "pages/"+name)
	}
	return template.Must(template.New("layout.html").Funcs(funcs).ParseFS(files, all...))
}

// front shows the order form.
func (s *Shop) front(w http.ResponseWriter, r *http.Request) {
	s.sessions.open(w, r) // so that a form that is sent twice is of one session
	s.render(w, http.StatusOK, frontPage, s.frontData(r, "1.30", "5.00", false, ""))
}

func (s *Shop) frontData(r *http.Request, amount, limit string, daily bool, problem string) frontData {
	d := frontData{Customer: s.Customer, Amount: amount, Limit: limit, Daily: daily, Error: problem, Key: rand.Text()}
	for _, o := range s.sessions.orders(r) {
		if c := o.copy(); c.State == waiting && c.ConsentURL != "" || c.State == granted && c.Daily {
			d.Open = append(d.Open, c)
		}
	}
	return d
}

// show shows an order and the requests that were made for it. First it asks the service
// how a payment or a consent stands that is not decided.
func (s *Shop) show(w http.ResponseWriter, r *http.Request, o *order) {
	now := o.copy()
	if last := now.Last(); last != nil && last.IsOnItsWay() {
		s.look(s.begin(r.Context(), o, "Looking after the payment"), o, last.Payment)
		now = o.copy()
	} else if now.State == waiting && now.ConsentURL != "" {
		s.readOutcome(s.begin(r.Context(), o, theOrder), o)
		now = o.copy()
	}
	if last := now.Last(); now.State == settling || last != nil && (last.IsOnItsWay() || last.IsAsked()) {
		w.Header().Set("Refresh", "1")
	}
	data := orderData{Order: now, Version: s.version(now), Key: rand.Text(), Now: s.Clock.Now(), RealTime: s.RealTime, Places: journal.Places()}
	for i, a := range slices.Backward(now.Actions) {
		data.Actions = append(data.Actions, shownAction{a.What, s.Journal.Of(journal.Tag{Order: o.ID, Action: i})})
	}
	s.render(w, http.StatusOK, orderPage, data)
}

// showVersion answers with the version of an order's page, so that a page in another tab
// notices that it is old.
func (s *Shop) showVersion(w http.ResponseWriter, _ *http.Request, o *order) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprint(w, s.version(o.copy()))
}

func (s *Shop) version(o *order) string { return o.version() + "-" + s.Clock.Ahead().String() }

func (s *Shop) render(w http.ResponseWriter, status int, page *template.Template, data any) {
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		http.Error(w, "The page cannot be shown: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	// The answer to the order form redirects to the wallet, and browsers apply
	// form-action to redirects too.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+hash(style)+"'; script-src '"+hash(script)+
		"'; connect-src 'self'; form-action 'self' "+s.Wallet+"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// hash is a source of a Content-Security-Policy for an inline text.
func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
