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
	maxSessions   = 1000 // then all are forgotten
)

// A shop is a small app of its own. Of the service it knows the HTTP interface
// only.
type shop struct {
	http.Handler
	url     string
	wallet  string // origin of the wallet, where an order leads to
	grants  *grants
	till    *till
	journal *journal
	clock   *clock

	mu       sync.Mutex
	sessions map[string]session // by the browser's cookie
}

// A session is what a browser has ordered, by id.
type session map[string]*order

func (s *shop) open() {
	s.sessions = map[string]session{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.front)
	mux.HandleFunc("POST /orders", s.place)
	mux.HandleFunc("GET "+returnPath, s.back)
	mux.HandleFunc("GET /orders/{id}", s.ofOrder(s.show))
	mux.HandleFunc("POST /orders/{id}/coffees", s.ofOrder(s.another))
	mux.HandleFunc("POST /orders/{id}/end", s.ofOrder(s.end))
	mux.HandleFunc("POST /orders/{id}/later", s.ofOrder(s.later))
	s.Handler = http.NewCrossOriginProtection().Handler(mux)
}

// ofOrder is a handler of an order, for the browser that made it.
func (s *shop) ofOrder(h func(http.ResponseWriter, *http.Request, *order)) http.HandlerFunc {
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

// front is the page where one orders.
func (s *shop) front(w http.ResponseWriter, r *http.Request) {
	s.render(w, http.StatusOK, frontPage, frontData{Customer: s.till.customer, Amount: "1.30", Limit: "5.00", Open: s.permissions(r)})
}

// permissions are the orders from which more can be bought, the newest first.
func (s *shop) permissions(r *http.Request) []order {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []order
	for _, o := range s.session(r) {
		if o.Daily && o.State == granted {
			open = append(open, o.copy())
		}
	}
	slices.SortFunc(open, func(a, b order) int { return b.Acts[0].start.Compare(a.Acts[0].start) })
	return open
}

// show shows what became of an order.
func (s *shop) show(w http.ResponseWriter, _ *http.Request, o *order) {
	s.mu.Lock()
	now := o.copy()
	s.mu.Unlock()
	if now.State == settling {
		w.Header().Set("Refresh", "1")
	}
	data := orderData{Order: &now, Key: rand.Text(), Now: s.clock.now()}
	for _, a := range slices.Backward(now.Acts) {
		data.Acts = append(data.Acts, shownAct{a.What, s.journal.between(a.start, a.end)})
	}
	s.render(w, http.StatusOK, orderPage, data)
}

// later puts the clock of the demonstration forward.
func (s *shop) later(w http.ResponseWriter, r *http.Request, o *order) {
	const day = 24 * time.Hour
	if by, err := time.ParseDuration(r.PostFormValue("by")); err == nil && by > 0 && by <= day {
		s.clock.skip(by)
		if by == day {
			s.look(context.WithoutCancel(r.Context()), o)
		}
	}
	s.backTo(w, r, o)
}

func (s *shop) backTo(w http.ResponseWriter, r *http.Request, o *order) {
	http.Redirect(w, r, "/orders/"+o.ID, http.StatusSeeOther)
}

// remember keeps an order in the browser's session.
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

// find is an order of the browser's session.
func (s *shop) find(r *http.Request, id string) *order {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session(r)[id]
}

// session is nil for a browser that has ordered nothing. s.mu is held.
func (s *shop) session(r *http.Request) session {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	return s.sessions[cookie.Value]
}
