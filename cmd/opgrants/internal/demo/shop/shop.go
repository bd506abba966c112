// Package shop is the shop of the demonstration: a small app that is paid through the
// service's HTTP interface. It has the service's URL and a bearer token, and no key.
package shop

import (
	"context"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/demo/journal"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
)

// Name is the shop's name, as its wallet address has it.
const Name = "Corner Coffee"

// ReturnPath is where the service sends the browser back to.
const ReturnPath = "/thanks"

// Config is all that a shop knows.
type Config struct {
	URL      string // of the shop
	Service  *serviceapi.Client
	Own      string // the shop's wallet address, which is paid
	Customer string // the wallet address that pays
	Wallet   string // origin of the customer's wallet, to which orders redirect
	Journal  *journal.Journal
	Clock    *Clock
	RealTime bool // the service's clock is the real one, and not Clock
}

// A Shop answers browsers.
type Shop struct {
	http.Handler
	Config
	sessions sessions
}

// New opens a shop.
func New(c Config) *Shop {
	s := &Shop{Config: c}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.front)
	mux.HandleFunc("POST /orders", s.createOrder)
	mux.HandleFunc("GET "+ReturnPath, s.comeBack)
	mux.HandleFunc("GET /orders/{id}", s.withOrder(s.show))
	mux.HandleFunc("GET /orders/{id}/version", s.withOrder(s.showVersion))
	mux.HandleFunc("POST /orders/{id}/coffees", s.withOrder(s.buyAnother))
	mux.HandleFunc("POST /orders/{id}/again", s.withOrder(s.tryAgain))
	mux.HandleFunc("POST /orders/{id}/end", s.withOrder(s.endPermission))
	mux.HandleFunc("POST /orders/{id}/later", s.withOrder(s.advanceClock))
	s.Handler = http.NewCrossOriginProtection().Handler(mux)
	return s
}

// Secrets are the cookies of the browsers, which are shown nowhere.
func (s *Shop) Secrets() []string { return s.sessions.secrets() }

// withOrder calls h with the order that the path names, if this browser made it.
func (s *Shop) withOrder(h func(http.ResponseWriter, *http.Request, *order)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o := s.sessions.find(r, r.PathValue("id"))
		if o == nil {
			s.render(w, http.StatusForbidden, strangerPage, nil)
			return
		}
		journal.Set(r.Context(), journal.Tag{Order: o.ID})
		r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
		h(w, r, o)
	}
}

// begin adds an action to the order, and returns a context for the requests that are
// made for it. The browser's request belongs to it too.
func (s *Shop) begin(ctx context.Context, o *order, what string) context.Context {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.begin(ctx, what)
}

// begin is [Shop.begin] for a caller who holds o.mu. An action that is repeated at once
// is one action.
func (o *order) begin(ctx context.Context, what string) context.Context {
	if n := len(o.Actions); n == 0 || o.Actions[n-1].What != what {
		o.Actions = append(o.Actions, action{What: what, start: time.Now()})
	}
	tag := journal.Tag{Order: o.ID, Action: len(o.Actions) - 1}
	journal.Set(ctx, tag)
	// The browser may go away; what was begun is finished.
	return journal.With(context.WithoutCancel(ctx), tag)
}

// advanceClock puts the clock of the demonstration forward.
func (s *Shop) advanceClock(w http.ResponseWriter, r *http.Request, o *order) {
	const day = 24 * time.Hour
	if by, err := time.ParseDuration(r.PostFormValue("by")); err == nil && by > 0 && by <= day {
		s.Clock.Skip(by)
		if by == day {
			s.readPermission(s.begin(r.Context(), o, "Reading what is spent"), o)
		}
	}
	s.redirectToOrder(w, r, o)
}

func (s *Shop) redirectToOrder(w http.ResponseWriter, r *http.Request, o *order) {
	http.Redirect(w, r, "/orders/"+o.ID, http.StatusSeeOther)
}
