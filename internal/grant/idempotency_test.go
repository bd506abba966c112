package grant_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

func keyed(key string) grant.Request {
	return grant.Request{WalletAddress: alice, ReturnURL: shop, IdempotencyKey: key, Unlimited: true}
}

func TestAKeyNamesOneGrant(t *testing.T) {
	l := newLife(t)
	first, err := l.Request(t.Context(), owner, keyed("k"))
	if err != nil || first.Replayed {
		t.Fatalf("%+v, %v", first, err)
	}
	if l.store.writes != 3 { // and one for the key of all ids
		t.Errorf("%d writes", l.store.writes)
	}
	l.clock.add(5 * time.Second)
	l.finish(t, first.ID)
	again, err := l.Request(t.Context(), owner, keyed("k"))
	if err != nil || !again.Replayed || again.ID != first.ID || again.Status != grant.Granted {
		t.Errorf("%+v, %v", again, err)
	}
	if len(l.wallet.requests) != 1 {
		t.Errorf("%d requests", len(l.wallet.requests))
	}
	for name, r := range map[string]grant.Request{"another key": keyed("l"), "no key": keyed("")} {
		if other, err := l.Request(t.Context(), owner, r); err != nil || other.ID == first.ID {
			t.Errorf("%s: %+v, %v", name, other, err)
		}
	}
	if other, err := l.Request(t.Context(), "other", keyed("k")); err != nil || other.ID == first.ID {
		t.Errorf("another owner: %+v, %v", other, err)
	}
}

func TestAKeyIsOfOneBody(t *testing.T) {
	l := newLife(t)
	if _, err := l.Request(t.Context(), owner, keyed("k")); err != nil {
		t.Fatal(err)
	}
	r := keyed("k")
	r.Reference = "another"
	_, err := l.Request(t.Context(), owner, r)
	wantCode(t, err, grant.CodeKeyReused)
}

func TestARefusedRequestGivesItsKeyBack(t *testing.T) {
	l := newLife(t)
	l.Server = refusing{l.wallet, refused(400, "invalid_request")}
	_, err := l.Request(t.Context(), owner, keyed("k"))
	wantCode(t, err, grant.CodeWalletRefused)
	l.Server = l.wallet
	corrected := keyed("k")
	corrected.Reference = "corrected"
	if r, err := l.Request(t.Context(), owner, corrected); err != nil || r.Replayed || r.Reference != "corrected" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAKeyIsInFlightUntilItsRequestEndsOrItsLease(t *testing.T) {
	l := newLife(t)
	var id string
	l.wallet.asking = func() {
		l.wallet.asking = nil
		_, err := l.Request(t.Context(), owner, keyed("k"))
		if e := wantCode(t, err, grant.CodeInFlight); e.RetryAfter == 0 {
			t.Error("no Retry-After")
		}
		other := keyed("k")
		other.Reference = "another body"
		_, err = l.Request(t.Context(), owner, other)
		wantCode(t, err, grant.CodeKeyReused)
		for id = range l.store.items {
			if id != "idempotency-key" {
				_, err := l.Get(t.Context(), owner, id)
				wantCode(t, err, grant.CodeNotFound)
				_, err = l.Delete(t.Context(), owner, id, false)
				wantCode(t, err, grant.CodeNotFound)
			}
		}
		panic("crash")
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = l.Request(t.Context(), owner, keyed("k"))
	}()
	_, err := l.Request(t.Context(), owner, keyed("k"))
	wantCode(t, err, grant.CodeInFlight)
	l.clock.add(time.Minute)
	if r, err := l.Request(t.Context(), owner, keyed("k")); err != nil || r.Replayed {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestTwentyRequestsWithOneKeyAtOnceAreOneGrant(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		l.wallet.asking = func() { time.Sleep(50 * time.Millisecond) }
		ids := make(chan string, 20)
		var all sync.WaitGroup
		for range cap(ids) {
			all.Go(func() {
				for {
					r, err := l.Request(t.Context(), owner, keyed("k"))
					var e *grant.Error
					if errors.As(err, &e) && e.Code == grant.CodeInFlight {
						time.Sleep(10 * time.Millisecond)
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					ids <- r.ID
					return
				}
			})
		}
		all.Wait()
		close(ids)
		first := <-ids
		for id := range ids {
			if id != first {
				t.Errorf("grants %s and %s", first, id)
			}
		}
		if len(l.wallet.requests) != 1 {
			t.Errorf("%d requests", len(l.wallet.requests))
		}
	})
}

func TestWhoIsOvertakenGivesItsGrantBackAndAnswersWithTheOther(t *testing.T) {
	corrected := keyed("k")
	corrected.Reference = "corrected"
	for name, c := range map[string]struct {
		other  grant.Request
		refuse bool
		code   string
	}{
		"the same request": {other: keyed("k")},
		"another request":  {other: corrected, code: grant.CodeKeyReused},
		"one that fails":   {other: keyed("k"), refuse: true, code: grant.CodeInFlight},
	} {
		l := newLife(t)
		var made *grant.Resource
		l.wallet.asking = func() {
			l.wallet.asking = nil
			l.clock.add(time.Minute) // longer than the lease
			if c.refuse {
				l.Server = refusing{l.wallet, refused(400, "invalid_request")}
			}
			var err error
			if made, err = l.Request(t.Context(), owner, c.other); (err != nil) != c.refuse {
				t.Errorf("%s: %v", name, err)
			}
			l.Server = l.wallet
		}
		r, err := l.Request(t.Context(), owner, keyed("k"))
		if c.code != "" {
			wantCode(t, err, c.code)
		} else if err != nil || !r.Replayed || r.ID != made.ID || r.ConsentURL != made.ConsentURL {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if l.wallet.cancels != 1 {
			t.Errorf("%s: %d cancels", name, l.wallet.cancels)
		}
	}
}

func TestAReplaySettlesWhatIsOwed(t *testing.T) {
	l := newLife(t)
	r, err := l.Request(t.Context(), owner, keyed("k"))
	if err != nil {
		t.Fatal(err)
	}
	l.clock.add(5 * time.Second)
	func() {
		defer func() { _ = recover() }()
		l.wallet.during = func() { panic("crash") }
		l.finish(t, r.ID)
	}()
	l.clock.add(time.Minute)
	if again, err := l.Request(t.Context(), owner, keyed("k")); err != nil || again.Status != grant.Failed {
		t.Errorf("%+v, %v", again, err)
	}
}

// late is a store that another process is quicker to write to.
type late struct {
	*memory
	late bool
}

func (s *late) Get(ctx context.Context, id string) (*grant.Item, error) {
	if s.late {
		s.late = false
		return nil, grant.ErrNotFound
	}
	return s.memory.Get(ctx, id)
}

func TestWhoIsLateTakesTheKeyOfAllIDsThatIsThere(t *testing.T) {
	l := newLife(t)
	first, err := l.Request(t.Context(), owner, keyed("k"))
	if err != nil {
		t.Fatal(err)
	}
	other := &grant.Service{Store: &late{l.store, true}, Server: l.wallet, PublicURL: l.PublicURL, ReturnURLs: l.ReturnURLs, Now: l.Now, Sleep: l.Sleep}
	if again, err := other.Request(t.Context(), owner, keyed("k")); err != nil || again.ID != first.ID {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestTheKeyOfAllIDsIsMadeOnce(t *testing.T) {
	l := newLife(t)
	if err := l.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, err := l.Request(t.Context(), owner, keyed("k"))
	if err != nil {
		t.Fatal(err)
	}
	restarted := &grant.Service{Store: l.store, Server: l.wallet, PublicURL: l.PublicURL, ReturnURLs: l.ReturnURLs, Now: l.Now, Sleep: l.Sleep}
	again, err := restarted.Request(t.Context(), owner, keyed("k"))
	if err != nil || again.ID != first.ID || !again.Replayed {
		t.Errorf("%+v, %v", again, err)
	}
}
