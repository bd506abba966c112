package shop

import (
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
)

const (
	sessionCookie = "corner_coffee"
	maxSessions   = 1000 // a further one drops all of them
)

// sessions are those of all browsers, by their cookies. The zero value has none.
type sessions struct {
	mu  sync.Mutex
	all map[string]*session
}

// A session has the orders of a browser.
type session struct {
	orders []*order          // the newest last
	forms  map[string]*order // by the order form that was sent, with what was filled in
}

// open returns the browser's session, or gives it a new one.
func (s *sessions) open(w http.ResponseWriter, r *http.Request) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.of(r); known != nil {
		return known
	}
	if s.all == nil {
		s.all = map[string]*session{}
	}
	if len(s.all) >= maxSessions {
		clear(s.all)
	}
	// Lax: the wallet's redirect back is a navigation from another site.
	cookie := &http.Cookie{Name: sessionCookie, Value: rand.Text(), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	http.SetCookie(w, cookie)
	s.all[cookie.Value] = &session{forms: map[string]*order{}}
	return s.all[cookie.Value]
}

// add adds an order, unless the same form was sent before: then it returns the order of
// that. An empty form is never the same.
func (s *sessions) add(in *session, form string, o *order) (known *order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := in.forms[form]; known != nil && form != "" {
		return known
	}
	in.forms[form] = o
	in.orders = append(in.orders, o)
	return nil
}

// find returns an order of the browser's session, or nil.
func (s *sessions) find(r *http.Request, id string) *order {
	for _, o := range s.orders(r) {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// orders returns the browser's orders, the newest first.
func (s *sessions) orders(r *http.Request) []*order {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.of(r)
	if known == nil {
		return nil
	}
	all := slices.Clone(known.orders)
	slices.Reverse(all)
	return all
}

// of returns the browser's session, or nil. The caller holds s.mu.
func (s *sessions) of(r *http.Request) *session {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	return s.all[cookie.Value]
}

func (s *sessions) secrets() (cookies []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for cookie := range s.all {
		cookies = append(cookies, cookie)
	}
	return cookies
}
