package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
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
	url      string
	wallet   string // origin of the wallet, where an order leads to
	customer string // wallet address that pays
	grants   *grants
	journal  *journal

	mu       sync.Mutex
	sessions map[string]map[string]*order // by the browser's cookie, then by id
}

func newShop(url, wallet, customer string, api *grants, j *journal) *shop {
	s := &shop{url: url, wallet: wallet, customer: customer, grants: api, journal: j, sessions: map[string]map[string]*order{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.front)
	mux.HandleFunc("POST /orders", s.place)
	mux.HandleFunc("GET "+returnPath, s.back)
	mux.HandleFunc("GET /orders/{id}", s.show)
	s.Handler = http.NewCrossOriginProtection().Handler(mux)
	return s
}

// front is the page where one orders.
func (s *shop) front(w http.ResponseWriter, r *http.Request) {
	s.render(w, http.StatusOK, frontPage, frontData{Shop: shopName, Customer: s.customer, Amount: "1.30"})
}

// place makes an order: it asks for a grant, and sends the browser to the wallet.
func (s *shop) place(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	typed := r.PostFormValue("amount")
	value, err := cents(typed)
	if err != nil {
		s.render(w, http.StatusUnprocessableEntity, frontPage,
			frontData{Shop: shopName, Customer: s.customer, Amount: typed, Daily: r.PostFormValue("often") == "daily", Error: err.Error()})
		return
	}
	o := &order{ID: rand.Text(), Amount: price(value), Daily: r.PostFormValue("often") == "daily", State: waiting, started: time.Now()}
	if err := s.ask(r.Context(), o, value); err != nil {
		o.fail(err)
	}
	s.remember(w, r, o)
	if o.State == failed {
		http.Redirect(w, r, "/orders/"+o.ID, http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, o.ConsentURL, http.StatusSeeOther)
}

// ask asks the service for the order's grant.
func (s *shop) ask(ctx context.Context, o *order, value string) error {
	l := limits{DebitAmount: amount{Value: value}}
	if o.Daily {
		l.Interval = "R/" + o.started.UTC().Format(time.RFC3339) + "/P1D"
	}
	grant, err := s.grants.request(ctx, grantRequest{
		WalletAddress: s.customer, Limits: l, ReturnURL: s.url + returnPath + "?order=" + o.ID, Reference: "order-" + o.ID,
	})
	if err != nil {
		return err
	}
	o.grantID, o.ConsentURL = grant.ID, grant.ConsentURL
	return nil
}

// back is where the service sends the browser in the end. Whoever brings the
// link must be the browser that made the order: only then is the code of use.
func (s *shop) back(w http.ResponseWriter, r *http.Request) {
	o := s.find(r, r.URL.Query().Get("order"))
	if o == nil {
		s.render(w, http.StatusForbidden, strangerPage, nil)
		return
	}
	s.mu.Lock()
	settled := o.State != waiting
	s.mu.Unlock()
	if !settled {
		s.settle(r.Context(), o, r.URL.Query().Get("code"))
	}
	// The code does not stay in the address bar.
	http.Redirect(w, r, "/orders/"+o.ID, http.StatusSeeOther)
}

// settle finds out how the order's grant ended. The link's own status is not
// believed: anybody could have written it.
func (s *shop) settle(ctx context.Context, o *order, code string) {
	var token *tokenAnswer
	var grant *grantResource
	var err error
	if code != "" {
		token, err = s.grants.claim(ctx, o.grantID, code)
	} else {
		grant, err = s.grants.get(ctx, o.grantID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		o.fail(err)
	case token != nil:
		o.State, o.token, o.ExpiresAt, o.ResourceServer = granted, opclient.Secret(token.AccessToken), token.ExpiresAt, token.ResourceServer
	case grant.Status == "rejected":
		o.State = refused
	case grant.Status == "pending", grant.Status == "processing":
		return
	default:
		o.State, o.Problem = failed, grant.Status
		if grant.Failure != nil {
			o.Problem = grant.Failure.Code + ": " + grant.Failure.Detail
		}
	}
	o.ended = time.Now()
}

func (o *order) fail(err error) {
	o.State, o.Problem, o.ended = failed, "The service cannot be reached.", time.Now()
	var p *problem
	if errors.As(err, &p) {
		o.Problem = p.Error()
	}
}

// show shows what became of an order, to the browser that made it.
func (s *shop) show(w http.ResponseWriter, r *http.Request) {
	o := s.find(r, r.PathValue("id"))
	if o == nil {
		s.render(w, http.StatusForbidden, strangerPage, nil)
		return
	}
	s.mu.Lock()
	now := *o
	s.mu.Unlock()
	s.render(w, http.StatusOK, orderPage, orderData{Order: &now, Wire: s.journal.between(now.started, now.ended)})
}

// remember keeps an order in the browser's session.
func (s *shop) remember(w http.ResponseWriter, r *http.Request, o *order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || s.sessions[cookie.Value] == nil {
		if len(s.sessions) >= maxSessions {
			clear(s.sessions)
		}
		// Lax: the wallet's redirect back is a navigation from another site.
		cookie = &http.Cookie{Name: sessionCookie, Value: rand.Text(), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
		http.SetCookie(w, cookie)
		s.sessions[cookie.Value] = map[string]*order{}
	}
	s.sessions[cookie.Value][o.ID] = o
}

// find is an order of the browser's session.
func (s *shop) find(r *http.Request, id string) *order {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[cookie.Value][id]
}
