package demo

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	shopName   = "Corner Coffee"
	returnPath = "/thanks"

	sessionCookie = "corner_coffee"
	maxSessions   = 1000 // a further one drops all of them
)

// A shop is a small app that uses the service over its HTTP interface.
type shop struct {
	http.Handler
	url      string
	wallet   string // origin of the wallet, to which orders redirect
	grants   *grants
	payments *payments
	journal  *journal
	clock    *clock

	mu       sync.Mutex
	sessions map[string]session // by the browser's cookie
}

// A session has the orders of a browser, by id.
type session map[string]*order

func (s *shop) open() {
	s.sessions = map[string]session{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.front)
	mux.HandleFunc("POST /orders", s.createOrder)
	mux.HandleFunc("GET "+returnPath, s.finishOrder)
	mux.HandleFunc("GET /orders/{id}", s.withOrder(s.show))
	mux.HandleFunc("POST /orders/{id}/coffees", s.withOrder(s.buyAnother))
	mux.HandleFunc("POST /orders/{id}/end", s.withOrder(s.endPermission))
	mux.HandleFunc("POST /orders/{id}/later", s.withOrder(s.advanceClock))
	s.Handler = http.NewCrossOriginProtection().Handler(mux)
}

// withOrder calls h with the order that the path names, if this browser made it.
func (s *shop) withOrder(h func(http.ResponseWriter, *http.Request, *order)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o := s.find(r, r.PathValue("id"))
		if o == nil {
			s.render(w, http.StatusForbidden, strangerPage, nil)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
		h(w, r, o)
	}
}

// front shows the order form.
func (s *shop) front(w http.ResponseWriter, r *http.Request) {
	s.render(w, http.StatusOK, frontPage, frontData{Customer: s.payments.customer, Amount: "1.30", Limit: "5.00", Open: s.openPermissions(r)})
}

// openPermissions returns this browser's orders within which more can be bought, the
// newest first.
func (s *shop) openPermissions(r *http.Request) []order {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []order
	for _, o := range s.session(r) {
		if o.Daily && o.State == granted {
			open = append(open, o.copy())
		}
	}
	slices.SortFunc(open, func(a, b order) int { return b.Actions[0].start.Compare(a.Actions[0].start) })
	return open
}

// show shows an order and the requests that were made for it.
func (s *shop) show(w http.ResponseWriter, _ *http.Request, o *order) {
	s.mu.Lock()
	now := o.copy()
	s.mu.Unlock()
	if now.State == settling {
		w.Header().Set("Refresh", "1")
	}
	data := orderData{Order: &now, Key: rand.Text(), Now: s.clock.now()}
	for _, a := range slices.Backward(now.Actions) {
		data.Actions = append(data.Actions, shownAction{a.What, s.journal.between(a.start, a.end)})
	}
	s.render(w, http.StatusOK, orderPage, data)
}

// advanceClock puts the clock of the demonstration forward.
func (s *shop) advanceClock(w http.ResponseWriter, r *http.Request, o *order) {
	const day = 24 * time.Hour
	if by, err := time.ParseDuration(r.PostFormValue("by")); err == nil && by > 0 && by <= day {
		s.clock.skip(by)
		if by == day {
			s.updateSpent(context.WithoutCancel(r.Context()), o)
		}
	}
	s.redirectToOrder(w, r, o)
}

func (s *shop) redirectToOrder(w http.ResponseWriter, r *http.Request, o *order) {
	http.Redirect(w, r, "/orders/"+o.ID, http.StatusSeeOther)
}

// remember adds an order to the browser's session.
func (s *shop) remember(w http.ResponseWriter, r *http.Request, o *order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.session(r)
	if known == nil {
		if len(s.sessions) >= maxSessions {
			clear(s.sessions)
		}
		// Lax: the wallet's redirect back is a navigation from another site.
		cookie := &http.Cookie{Name: sessionCookie, Value: rand.Text(), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
		http.SetCookie(w, cookie)
		known = session{}
		s.sessions[cookie.Value] = known
	}
	known[o.ID] = o
}

// find returns an order of the browser's session, or nil.
func (s *shop) find(r *http.Request, id string) *order {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session(r)[id]
}

// session returns the browser's orders, or nil. The caller holds s.mu.
func (s *shop) session(r *http.Request) session {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	return s.sessions[cookie.Value]
}
