package grant_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// wallet is an authorization server that answers as a test says. It knows which
// tokens it has issued and not cancelled.
type wallet struct {
	access     []opclient.Access // of its tokens; nil: it does not repeat it
	mu         sync.Mutex
	requests   []opclient.GrantRequest
	refs       []string // interact_refs that it was sent
	cancels    int
	live       map[string]bool
	answer     func(ref string) error // nil or the error of a continuation; after it, a token may yet be live
	lost       bool                   // its answers to a continuation are lost, after it acted
	cancelErr  error
	cancelling func()            // called once, during a cancel
	rotations  int               // requests to rotate
	manage     string            // the manage URI that works
	rotating   func(n int) error // nil, or what the nth rotation answers; before it acts
	lostToken  bool              // rotations act, and their answers are lost
	polls      int
	revoked    bool // the user has ended it at the wallet, which no server tells
	pollErr    error
	life       time.Duration // of rotated tokens; 0: ten minutes
	clock      *clock
	subject    string        // proven in a continuation, instead of a token
	unmanaged  bool          // its tokens cannot be rotated
	both       bool          // and a token all the same
	immediate  bool          // grants without an interaction
	asking     func()        // called during a grant request
	during     func()        // called during a continuation
	expiresIn  time.Duration // of the interaction
	expires    time.Time     // of a token
}

func (w *wallet) WalletAddress(_ context.Context, url string) (*opclient.WalletAddress, error) {
	return &opclient.WalletAddress{ID: url, AssetCode: "USD", AssetScale: 2, AuthServer: authServer, ResourceServer: "https://wallet.example"}, nil
}

func (w *wallet) RequestGrant(ctx context.Context, _ string, r opclient.GrantRequest) (*opclient.Grant, error) {
	if w.asking != nil {
		w.asking()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, r)
	k := opclient.Continue{URI: authServer + "continue/1", Token: "continue-token", Wait: 5 * time.Second}
	if w.immediate {
		w.live = map[string]bool{"token-0": true}
		g := &opclient.Grant{Continue: k, Token: &opclient.Token{Value: "token-0", Manage: authServer + "token/0"}}
		if w.both { // an interaction all the same
			g.Interact = &opclient.Interact{Redirect: authServer + "interact/1", Finish: "server-nonce"}
		}
		return g, nil
	}
	return &opclient.Grant{
		Interact: &opclient.Interact{Redirect: authServer + "interact/1", Finish: "server-nonce", ExpiresIn: w.expiresIn},
		Continue: k,
	}, nil
}

func (w *wallet) Continue(ctx context.Context, _ opclient.Continue, ref string) (*opclient.Grant, error) {
	w.mu.Lock()
	w.refs = append(w.refs, ref)
	n, during := len(w.refs), w.during
	w.mu.Unlock()
	if during != nil {
		during()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.answer != nil {
		if err := w.answer(ref); err != nil {
			return nil, err
		}
	}
	if w.subject != "" && !w.both {
		return &opclient.Grant{Continue: opclient.Continue{URI: authServer + "continue/1", Token: "continue-token"}, Subject: w.subject}, nil
	}
	w.manage = authServer + "token/1"
	manage := w.manage
	if w.unmanaged {
		manage = ""
	}
	value := "token-" + string(rune('0'+n))
	w.live = map[string]bool{value: true}
	if w.lost {
		return nil, &opclient.Error{Op: "continue", Err: opclient.ErrOutcomeUnknown}
	}
	return &opclient.Grant{
		Continue: opclient.Continue{URI: authServer + "continue/1", Token: "continue-token"},
		Token:    &opclient.Token{Value: opclient.Secret(value), Manage: manage, ExpiresAt: w.expires, Access: w.access},
		Subject:  w.subject,
	}, nil
}

// Rotate behaves as a server does: the old value and manage URI die at once.
func (w *wallet) Rotate(_ context.Context, t *opclient.Token) (*opclient.Token, error) {
	w.mu.Lock()
	w.rotations++
	n, rotating := w.rotations, w.rotating
	w.mu.Unlock()
	if rotating != nil {
		if err := rotating(n); err != nil {
			return nil, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.Manage != w.manage || len(w.live) == 0 {
		return nil, refused(401, "invalid_client")
	}
	w.manage = fmt.Sprintf("%stoken/%d", authServer, n+1)
	value := fmt.Sprintf("rotated-%d", n)
	w.live = map[string]bool{value: true}
	if w.lostToken {
		return nil, &opclient.Error{Op: "rotate", Err: opclient.ErrOutcomeUnknown}
	}
	life := w.life
	if life == 0 {
		life = 10 * time.Minute
	}
	return &opclient.Token{Value: opclient.Secret(value), Manage: w.manage, ExpiresAt: w.clock.Now().Add(life)}, nil
}

func (w *wallet) Poll(context.Context, opclient.Continue) (*opclient.Grant, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.polls++
	if w.pollErr != nil {
		return nil, w.pollErr
	}
	if len(w.live) == 0 {
		return nil, refused(401, "invalid_continuation")
	}
	return nil, refused(401, "request_denied")
}

func (w *wallet) works(token string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.live[token]
}

func (w *wallet) Cancel(context.Context, opclient.Continue) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancels++
	if cancelling := w.cancelling; cancelling != nil {
		w.cancelling = nil
		w.mu.Unlock()
		cancelling()
		w.mu.Lock()
	}
	if w.cancelErr != nil {
		return w.cancelErr
	}
	w.live = nil
	return nil
}

func (w *wallet) alive() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.live)
}

func (w *wallet) sent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.refs)
}

// polled is a wallet that answers a question at the continue URI with a token.
type polled struct{ *wallet }

func (p polled) Poll(context.Context, opclient.Continue) (*opclient.Grant, error) {
	p.live = map[string]bool{"polled": true}
	return &opclient.Grant{Token: &opclient.Token{Value: "polled"}}, nil
}

// refusing is a wallet that refuses grant requests.
type refusing struct {
	*wallet
	err error
}

func (r refusing) RequestGrant(context.Context, string, opclient.GrantRequest) (*opclient.Grant, error) {
	return nil, r.err
}
