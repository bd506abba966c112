package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// An app asks its users for consent. It keeps its sessions in memory.
type app struct {
	client *opclient.Client
	url    string // of the app
	user   string // the wallet address that the user typed in

	mu       sync.Mutex
	sessions map[string]*session // by the value of the cookie
}

// A session is what the app knows of one browser.
type session struct {
	pending *opclient.PendingGrant // nil: it waits for no grant
	granted *opclient.Grant        // nil: the user has not consented. Its Continue ends it
}

func (a *app) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /subscribe", a.subscribe)
	mux.Handle("GET /finish", &opclient.FinishHandler{Client: a.client, Load: a.load, Remove: a.remove, Done: a.done})
	return mux
}

// subscribe asks for the grant, keeps it in the browser's session and sends the browser
// to the wallet.
func (a *app) subscribe(w http.ResponseWriter, r *http.Request) {
	wallet, err := a.client.WalletAddress(r.Context(), a.user) // https://… or $wallet.example/alice
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	grant, err := a.client.RequestGrant(r.Context(), wallet.AuthServer, opclient.GrantRequest{
		Access: []opclient.Access{{
			Type:       opclient.TypeOutgoingPayment,
			Actions:    []string{"create", "read"},
			Identifier: wallet.ID,
			Limits: &opclient.Limits{
				DebitAmount: &opclient.Amount{Value: "500", AssetCode: wallet.AssetCode, AssetScale: wallet.AssetScale},
				Interval:    "R/2026-01-01T00:00:00Z/P1M",
			},
		}},
		Finish: &opclient.Finish{URI: a.url + "/finish"},
	})
	if err != nil || grant.Interact == nil {
		http.Error(w, fmt.Sprint("the wallet does not ask its user: ", err), http.StatusBadGateway)
		return
	}
	fmt.Println("asked for consent")
	id := rand.Text()
	a.mu.Lock()
	a.sessions[id] = &session{pending: grant.Pending}
	a.mu.Unlock()
	// Behind https set Secure too.
	http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, grant.Interact.Redirect, http.StatusSeeOther)
}

// session returns the session of a browser, an empty one if it has none. The caller
// holds a.mu.
func (a *app) session(r *http.Request) *session {
	if cookie, err := r.Cookie("session"); err == nil && a.sessions[cookie.Value] != nil {
		return a.sessions[cookie.Value]
	}
	return &session{}
}

// load returns the grant that this browser waits for.
func (a *app) load(r *http.Request) (*opclient.PendingGrant, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.session(r).pending, nil
}

// remove reports whether this request is the one that continues the grant. With a
// database: DELETE … WHERE session = … AND grant = …, and one row is gone.
func (a *app) remove(r *http.Request, g *opclient.PendingGrant) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.session(r)
	found := s.pending == g
	s.pending = nil
	return found, nil
}

// done is the page that the user sees.
func (a *app) done(w http.ResponseWriter, r *http.Request, grant *opclient.Grant, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.session(r)
	if err == nil {
		s.granted = grant // in a database: encrypted
	}
	switch {
	case s.granted != nil: // now, or before a reload
		_, _ = fmt.Fprintln(w, "Thank you. You can end the subscription at any time.")
	case errors.Is(err, opclient.ErrUserRefused):
		_, _ = fmt.Fprintln(w, "You refused. Nothing will be paid.")
	case errors.Is(err, opclient.ErrNotWaiting), errors.Is(err, opclient.ErrHash):
		http.Error(w, "This link is not of this browser.", http.StatusForbidden)
	default:
		http.Error(w, "That did not work. Please subscribe again.", http.StatusBadGateway)
	}
}
