package payment

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

const (
	maxTokens   = 1000             // that are kept
	tokenMargin = 10 * time.Second // of a token's life, in which it is not used any more
)

// tokens keeps, in memory only, the access tokens of grants that need no user, until
// they expire. The zero value is ready.
type tokens struct {
	mu   sync.Mutex
	kept map[string]keptToken
}

type keptToken struct {
	value   opclient.Secret
	expires time.Time
}

func (t *tokens) get(key string, now time.Time) opclient.Secret {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k, ok := t.kept[key]; ok && now.Add(tokenMargin).Before(k.expires) {
		return k.value
	}
	return ""
}

// keep keeps a token that says when it expires.
func (t *tokens) keep(key string, token *opclient.Token) {
	if token.ExpiresAt.IsZero() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) >= maxTokens {
		t.kept = map[string]keptToken{}
	}
	t.kept[key] = keptToken{token.Value, token.ExpiresAt}
}

func (t *tokens) drop(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.kept, key)
}

// withToken calls with a token of a grant that needs no user. If the token that was
// kept is no longer active, it calls once more with a new one.
func withToken[T any](ctx context.Context, s *Service, authServer string, access opclient.Access, call func(opclient.Secret) (T, error)) (T, error) {
	var none T
	key := strings.Join([]string{authServer, access.Type, access.Identifier}, " ")
	token := s.tokens.get(key, s.now())
	if token != "" {
		answer, err := call(token)
		if !errors.Is(err, opclient.ErrInactiveToken) {
			return answer, err
		}
		s.tokens.drop(key)
	}
	g, err := s.wallet().RequestGrant(ctx, authServer, opclient.GrantRequest{Access: []opclient.Access{access}})
	if err != nil {
		return none, err
	}
	if g.Token == nil {
		return none, &grant.Error{Code: grant.CodeWalletInvalid, Detail: "The wallet wants to ask its user about " + access.Type + ": Open Payments has no consent for that."}
	}
	s.tokens.keep(key, g.Token)
	return call(g.Token.Value)
}

// quoteAccess is for a grant of its own: a quote needs no user.
func quoteAccess() opclient.Access {
	return opclient.Access{Type: opclient.TypeQuote, Actions: []string{"create", "read"}}
}

// receiverAccess is for the incoming payments of a wallet address that this service
// makes.
func receiverAccess(payee string) opclient.Access {
	return opclient.Access{Type: opclient.TypeIncomingPayment, Actions: []string{"create", "read", "complete"}, Identifier: payee}
}
