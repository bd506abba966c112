package grant_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Each write of each operation is lost, fails before or after it acts, or meets
// another caller. One touch after the lease is over, rules 1, 4, 10 and 11 hold.

// An operation is one call, and what leads up to it.
type operation struct {
	name  string
	setUp func(t *testing.T, l *life) (id string)
	call  func(t *testing.T, l *life, id string)
}

func operations() []operation {
	pending := func(t *testing.T, l *life) string { return l.asked(t).ID }
	claimed := func(t *testing.T, l *life) string { id, _ := l.claimed(t); return id }
	finish := func(t *testing.T, l *life, id string) {
		_, _ = l.Finish(t.Context(), id, l.good(t, id, "ref-1"))
	}
	refuse := func(t *testing.T, l *life, id string) {
		it := l.store.stored(t, id)
		l.handOut(t, id, grant.TokenRequest{Refused: it.Token})
	}
	answering := func(err error) func(t *testing.T, l *life) string {
		return func(t *testing.T, l *life) string {
			l.wallet.answer = func(string) error { return err }
			return l.asked(t).ID
		}
	}
	rotating := func(change func(w *wallet)) func(t *testing.T, l *life) string {
		return func(t *testing.T, l *life) string { id, _ := l.claimed(t); change(l.wallet); return id }
	}
	return []operation{
		{"finish", pending, finish},
		{"finish, refused", answering(refused(401, "request_denied")), finish},
		{"finish, user_denied", answering(refused(401, "user_denied")), finish},
		{"finish, too fast", answering(refused(400, "too_fast")), finish},
		{"finish, 429 from in front", answering(refused(429, "")), finish},
		{"finish, and the answer is lost", func(t *testing.T, l *life) string { l.wallet.lost = true; return l.asked(t).ID }, finish},
		{"a hint that the user refused", pending, func(t *testing.T, l *life, id string) {
			_, _ = l.Finish(t.Context(), id, "result=grant_rejected")
		}},
		{"claim", func(t *testing.T, l *life) string { id, _ := l.granted(t); return id }, func(t *testing.T, l *life, id string) {
			l.handOut(t, id, grant.TokenRequest{Code: codeOf(t, l, id)})
		}},
		{"rotate", claimed, refuse},
		{"rotate, and the answer is lost", rotating(func(w *wallet) { w.lostToken = true }), refuse},
		{"rotate, and the server is down", rotating(func(w *wallet) { w.rotating = func(int) error { return errServerDown } }), refuse},
		{"rotate, revoked at the wallet", rotating(func(w *wallet) { w.live, w.revoked = nil, true }), refuse},
		{"rotate by the schedule", func(t *testing.T, l *life) string { id := l.monthly(t); l.clock.add(20 * day); return id },
			func(t *testing.T, l *life, id string) { l.Keep(t.Context(), id, 0) }},
		{"delete", claimed, func(t *testing.T, l *life, id string) { l.mustBeGoneAfterDelete(t, id) }},
		{"delete, pending", pending, func(t *testing.T, l *life, id string) { l.mustBeGoneAfterDelete(t, id) }},
		{"settle after a crash", func(t *testing.T, l *life) string {
			id := l.asked(t).ID
			func() {
				defer func() { _ = recover(); l.wallet.during = nil }()
				l.wallet.during = func() { l.wallet.live = map[string]bool{"left": true}; panic("crash") }
				l.finish(t, id)
			}()
			l.clock.add(61 * time.Second)
			return id
		}, func(t *testing.T, l *life, id string) { _, _ = l.Get(t.Context(), owner, id) }},
		{"never claimed", func(t *testing.T, l *life) string { id, _ := l.granted(t); l.clock.add(time.Hour); return id },
			func(t *testing.T, l *life, id string) { l.Keep(t.Context(), id, 0) }},
	}
}

// handOut asks for a token; one that it gets must work.
func (l *life) handOut(t *testing.T, id string, r grant.TokenRequest) {
	t.Helper()
	if got, err := l.Token(t.Context(), owner, id, r); err == nil && !l.wallet.works(got.AccessToken) && !l.wallet.revoked {
		t.Error("a token that does not work was handed out")
	}
}

func (l *life) mustBeGoneAfterDelete(t *testing.T, id string) {
	t.Helper()
	if r, err := l.Delete(t.Context(), owner, id, false); err == nil && r.Result == grant.RevokedConfirmed && l.wallet.alive() != 0 {
		t.Error("said to be gone, with a live token")
	}
}

// faults by name: what happens at one write of the operation.
var faults = map[string]func(t *testing.T, l *life, id string) func() error{
	"it fails once before it acts": func(*testing.T, *life, string) func() error {
		return func() error { return errDown }
	},
	"the store is down from then on": func(_ *testing.T, l *life, _ string) func() error {
		return func() error {
			l.store.broken = func(*grant.Item) error { return errDown }
			l.store.deaf = func() error { return errDown }
			return errDown
		}
	},
	"DELETE comes before it": func(t *testing.T, l *life, id string) func() error {
		return func() error { l.mustBeGoneAfterDelete(t, id); return nil }
	},
	"DELETE comes before it, while the server cannot cancel": func(t *testing.T, l *life, id string) func() error {
		return func() error {
			l.wallet.cancelErr = errServerDown
			l.mustBeGoneAfterDelete(t, id)
			return nil
		}
	},
	"another takes over before it": func(t *testing.T, l *life, id string) func() error {
		return func() error { l.clock.add(61 * time.Second); _, _ = l.Get(t.Context(), owner, id); return nil }
	},
	"another finish comes before it": func(t *testing.T, l *life, id string) func() error {
		return func() error { _, _ = l.Finish(t.Context(), id, l.good(t, id, "ref-1")); return nil }
	},
	"another asks for a token before it": func(t *testing.T, l *life, id string) func() error {
		return func() error {
			if l.store.stored(t, id).Status == grant.Granted {
				l.handOut(t, id, grant.TokenRequest{Code: codeOf(t, l, id)})
			}
			return nil
		}
	},
}

// before makes fault happen before the nth write, and reports whether it did.
func (m *memory) before(n int, fault func() error) (fired *bool) {
	fired = new(bool)
	seen := 0
	m.interrupt = func() error {
		if seen++; seen != n {
			return nil
		}
		*fired = true
		m.interrupt = nil
		return fault()
	}
	return fired
}

func TestWhateverHappensAtAnyWriteNothingIsLostOrStuck(t *testing.T) {
	t.Parallel()
	points := 0
	for _, op := range operations() {
		for name, fault := range faults {
			for _, conflicts := range []bool{true, false} {
				for n := 1; ; n++ {
					fired := false
					t.Run(fmt.Sprintf("%s/%s/%d", op.name, name, n), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							l := newLifeAt(&clock{bubble: true})
							l.store.conflicts = conflicts
							id := op.setUp(t, l)
							happened := l.store.before(n, fault(t, l, id))
							op.call(t, l, id)
							fired = *happened
							l.touchAndCheck(t, id)
						})
					})
					if !fired {
						break
					}
					points++
				}
			}
		}
		// The write acts and its answer is lost, and so is every later one.
		for n := 1; n <= 4; n++ {
			t.Run(fmt.Sprintf("%s/the answer of write %d is lost", op.name, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLifeAt(&clock{bubble: true})
					id := op.setUp(t, l)
					left := n
					l.store.after = func(*grant.Item) error {
						if left--; left > 0 {
							return nil
						}
						l.store.broken = func(*grant.Item) error { return errDown }
						l.store.deaf = func() error { return errDown }
						return errDown
					}
					op.call(t, l, id)
					l.touchAndCheck(t, id)
				})
			})
			points++
		}
	}
	if points < 300 {
		t.Errorf("only %d points and faults", points)
	}
	t.Logf("%d points and faults", points)
}

// touchAndCheck repairs everything, touches the grant once after its lease, and
// checks what must hold then.
func (l *life) touchAndCheck(t *testing.T, id string) {
	t.Helper()
	revoked := l.store.items[id] != nil && l.storedNow(t, id).Ending == grant.Revoked
	l.store.broken, l.store.after, l.store.deaf, l.store.interrupt = nil, nil, nil, nil
	l.wallet.cancelErr, l.wallet.lostToken, l.wallet.lost = nil, false, false
	mostly := 1 // times that the reference may be sent
	if l.wallet.answer != nil && isUnused(l.wallet.answer("")) {
		mostly = 2
	}
	l.wallet.answer, l.wallet.rotating = nil, nil
	l.clock.add(61 * time.Second)
	r := l.status(t, id)
	it := l.store.stored(t, id)
	if it.Ending != "" || it.Status == grant.Processing || it.Lease != nil {
		t.Errorf("stuck: %s, ending %q", it.Status, it.Ending)
	}
	if revoked && r.Status != grant.Revoked {
		t.Errorf("DELETE was asked, and it is %s", r.Status)
	}
	live := l.wallet.alive()
	switch {
	case it.Status == grant.Granted && !l.wallet.revoked && (!l.wallet.works(it.Token) || live != 1):
		t.Errorf("granted with a token that does not work, %d live", live)
	case it.Status != grant.Granted && live != 0:
		t.Errorf("%s with %d live tokens", it.Status, live)
	}
	if n := l.wallet.sent(); n > mostly {
		t.Errorf("the reference was sent %d times", n)
	}
}

func (l *life) storedNow(t *testing.T, id string) *grant.Item {
	t.Helper()
	l.store.deaf = nil
	return l.store.stored(t, id)
}

// isUnused: after these answers the reference may be sent again.
func isUnused(answer error) bool {
	return opclient.HasCode(answer, opclient.CodeTooFast) || !opclient.HasCode(answer, "request_denied") && !opclient.HasCode(answer, opclient.CodeUserDenied)
}
