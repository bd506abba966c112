package grant_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Calls that take long or never return.

// slow makes a wallet's calls take their time, or until their context ends.
type slow struct {
	*wallet
	continues, rotates, cancels time.Duration
}

func pass(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return &opclient.Error{Err: errors.Join(opclient.ErrTimeout, opclient.ErrOutcomeUnknown, ctx.Err())}
	case <-time.After(d):
		return nil
	}
}

func (s slow) Continue(ctx context.Context, k opclient.Continue, ref string) (*opclient.Grant, error) {
	g, err := s.wallet.Continue(ctx, k, ref)
	return g, errors.Join(err, pass(ctx, s.continues))
}

func (s slow) Rotate(ctx context.Context, tk *opclient.Token) (*opclient.Token, error) {
	g, err := s.wallet.Rotate(ctx, tk)
	return g, errors.Join(err, pass(ctx, s.rotates))
}

func (s slow) Cancel(ctx context.Context, k opclient.Continue) error {
	if err := pass(ctx, s.cancels); err != nil {
		return err
	}
	return s.wallet.Cancel(ctx, k)
}

func TestASlowServerHasAllTheTimeThatSavingAndCancellingLeave(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		l.Server = slow{wallet: l.wallet, continues: 18 * time.Second, rotates: 18 * time.Second}
		l.wallet.expires = l.clock.Now().Add(time.Hour)
		id := l.asked(t).ID
		l.finish(t, id)
		first, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: codeOf(t, l, id)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := l.token(t, id, first.AccessToken); err != nil || got.AccessToken == first.AccessToken {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestAServerThatNeverAnswersIsLeftInTime(t *testing.T) {
	for name, limit := range map[string]time.Duration{"by the service": grant.OperationTime, "by its caller": 20 * time.Second} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, l *life) {
				l.Server = slow{wallet: l.wallet, continues: time.Hour, rotates: time.Hour}
				ctx := t.Context()
				if limit < grant.OperationTime {
					c, cancel := context.WithTimeout(ctx, limit+5*time.Second)
					defer cancel()
					ctx = c
				}
				id := l.asked(t).ID
				began := l.clock.Now()
				out, err := l.Finish(ctx, id, l.good(t, id, "ref-1"))
				if err != nil {
					t.Fatal(err)
				}
				wantReturn(t, out, "error=outcome_unknown&status=failed")
				if took := l.clock.Now().Sub(began); took > limit || l.wallet.alive() != 0 {
					t.Errorf("took %s, %d live tokens", took, l.wallet.alive())
				}
			})
		})
	}
}

// stuck is a server whose calls never return, whatever their context says.
type stuck struct {
	*wallet
	release chan struct{}
}

func (s stuck) Rotate(context.Context, *opclient.Token) (*opclient.Token, error) {
	<-s.release
	return nil, errServerDown
}

func TestATurnOfTheScheduleEndsThoughACallNeverReturns(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id := l.monthly(t)
		l.clock.add(20 * day)
		server := stuck{l.wallet, make(chan struct{})}
		defer close(server.release)
		l.Server = server
		began := l.clock.Now()
		r := l.Keep(t.Context(), id, 0)
		if took := l.clock.Now().Sub(began); took > grant.OperationTime || r.Kind != grant.KeepFailedHost || r.Host != "auth.wallet.example" {
			t.Errorf("%+v after %s", r, took)
		}
		if it := l.store.stored(t, id); it.Status != grant.Granted || it.Due.Time().Before(l.clock.Now()) {
			t.Errorf("%s, due %s", it.Status, it.Due.Time())
		}
	})
}

func TestAllThatIsUsedHasADeadline(t *testing.T) {
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLifeAt(&clock{bubble: true})
				l.Service.Store, l.Server = watchedStore{l.store, t}, watchedServer{l.wallet, t}
				id := op.setUp(t, l)
				op.call(t, l, id)
				_, _ = l.Request(t.Context(), owner, keyed("k"))
			})
		})
	}
}

func mustEnd(ctx context.Context, t *testing.T) {
	t.Helper()
	d, ok := ctx.Deadline()
	if left := time.Until(d); !ok || left > grant.OperationTime {
		t.Errorf("used with a deadline: %t, in %s", ok, left)
	}
}

type watchedStore struct {
	grant.Store
	t *testing.T
}

func (w watchedStore) Create(ctx context.Context, it *grant.Item) error {
	mustEnd(ctx, w.t)
	return w.Store.Create(ctx, it)
}

func (w watchedStore) Get(ctx context.Context, id string) (*grant.Item, error) {
	mustEnd(ctx, w.t)
	return w.Store.Get(ctx, id)
}

func (w watchedStore) Update(ctx context.Context, it *grant.Item) error {
	mustEnd(ctx, w.t)
	return w.Store.Update(ctx, it)
}

type watchedServer struct {
	*wallet
	t *testing.T
}

func (w watchedServer) WalletAddress(ctx context.Context, url string) (*opclient.WalletAddress, error) {
	mustEnd(ctx, w.t)
	return w.wallet.WalletAddress(ctx, url)
}

func (w watchedServer) RequestGrant(ctx context.Context, server string, r opclient.GrantRequest) (*opclient.Grant, error) {
	mustEnd(ctx, w.t)
	return w.wallet.RequestGrant(ctx, server, r)
}

func (w watchedServer) Continue(ctx context.Context, k opclient.Continue, ref string) (*opclient.Grant, error) {
	mustEnd(ctx, w.t)
	return w.wallet.Continue(ctx, k, ref)
}

func (w watchedServer) Poll(ctx context.Context, k opclient.Continue) (*opclient.Grant, error) {
	mustEnd(ctx, w.t)
	return w.wallet.Poll(ctx, k)
}

func (w watchedServer) Cancel(ctx context.Context, k opclient.Continue) error {
	mustEnd(ctx, w.t)
	return w.wallet.Cancel(ctx, k)
}

func (w watchedServer) Rotate(ctx context.Context, tk *opclient.Token) (*opclient.Token, error) {
	mustEnd(ctx, w.t)
	return w.wallet.Rotate(ctx, tk)
}
