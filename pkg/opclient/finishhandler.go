package opclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// The outcomes of a finish, besides a grant, [ErrHash] and the errors of
// [Client.Continue]. Test with errors.Is.
var (
	// ErrNotWaiting means that this browser's session waits for no grant: the page was
	// reloaded, is open in a second tab, or is somebody else's link. Nobody was asked.
	// Show what the app knows of this session.
	ErrNotWaiting = errors.New("this browser's session waits for no grant")
	// ErrUserRefused means that the user refused. If errors.Is reports [ErrRefused] too,
	// the server has confirmed it. Otherwise nothing authenticates it, and the grant still
	// waits: a finish with a correct hash is accepted later.
	ErrUserRefused = errors.New("the user refused")
	// ErrNotConsented means that the interaction ended without a choice: the user left, it
	// took too long, or the grant was cancelled. Nothing authenticates it, and the grant
	// still waits.
	ErrNotConsented = errors.New("the interaction ended without consent")
)

// A FinishHandler is the page of an app at which the browser comes back from the wallet
// (RFC 9635 section 4.2): the [Finish.URI] of its grant requests. It verifies the hash,
// waits as long as the server asked, continues the grant and calls Done with the
// outcome. All fields are required.
//
// # What must be bound to the browser's session
//
// Somebody can ask for a grant in his own session of the app and send the consent link
// to a victim (RFC 9635 section 11.24). The victim consents, and the app would give the
// attacker what the victim pays for. So the pending grant must be in the session of the
// browser that asked for it, behind a cookie with HttpOnly, Secure and SameSite=Lax, and
// Load must find it by that cookie alone. An id in the finish URI, which the victim's
// browser carries too, proves nothing. A session with several pending grants needs such
// an id to choose one of its own.
//
// # Outcomes
//
// The error that Done gets is nil and grant has a Token or a Subject, or it is:
//
//   - [ErrNotWaiting] after a reload, in a second tab, or in the browser of a victim;
//   - [ErrHash] for a link that is not this grant's; it still waits;
//   - [ErrUserRefused] or [ErrNotConsented];
//   - what Load or Remove returned;
//   - an [*Error] of Client.Continue. The grant has ended then: the handler cancels it at
//     the server, as a token may have been issued. Ask for a new one.
type FinishHandler struct {
	Client *Client
	// Load returns the pending grant of this browser's session. Nil: there is none.
	Load func(r *http.Request) (*PendingGrant, error)
	// Remove removes that grant from the session and reports whether it was there. It
	// must be atomic: of two tabs only one may get true, and only that one continues the
	// grant. The handler calls it after it has verified the hash.
	Remove func(r *http.Request, g *PendingGrant) (bool, error)
	// Done answers the browser, once for each request, and stores the token if there is
	// one. The browser may have left: r.Context is not cancelled then.
	Done func(w http.ResponseWriter, r *http.Request, grant *Grant, err error)
}

// ServeHTTP answers the browser. It refuses other methods than GET with 405.
func (h *FinishHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	// The URL has the reference.
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	// A browser that leaves must not lose the token.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	grant, err := h.finish(r)
	h.Done(w, r, grant, err)
}

func (h *FinishHandler) finish(r *http.Request) (*Grant, error) {
	pending, err := h.Load(r)
	switch {
	case err != nil:
		return nil, err
	case pending == nil:
		return nil, ErrNotWaiting
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("%w: the query cannot be read", ErrHash)
	}
	if !query.Has("hash") && query.Has("result") {
		return nil, outcomeOf(query.Get("result"))
	}
	ref, err := pending.Pending.VerifyFinish(query)
	if err != nil {
		return nil, err
	}
	first, err := h.Remove(r, pending)
	switch {
	case err != nil:
		return nil, err
	case !first:
		return nil, ErrNotWaiting
	}
	return h.continueGrant(r.Context(), pending, ref)
}

// outcomeOf is the outcome of a finish without a hash.
func outcomeOf(result string) error {
	if result == "grant_rejected" {
		return ErrUserRefused
	}
	return ErrNotConsented
}

// continueGrant exchanges the reference. After an error it cancels the grant.
func (h *FinishHandler) continueGrant(ctx context.Context, pending *PendingGrant, ref string) (*Grant, error) {
	time.Sleep(min(pending.NotBefore.Sub(h.Client.now()), pending.Continue.Wait))
	grant, err := h.Client.Continue(ctx, pending.Continue, ref)
	if err == nil && grant.Token == nil && grant.Subject == "" {
		err = fmt.Errorf("%w: neither a token nor a subject after the user's consent", ErrInvalidAnswer)
	}
	if err == nil {
		return grant, nil
	}
	// Best effort: the error of the continue says more.
	_ = h.Client.Cancel(ctx, pending.Continue)
	if HasCode(err, CodeUserDenied) {
		return nil, fmt.Errorf("%w: %w", ErrUserRefused, err)
	}
	return nil, err
}
