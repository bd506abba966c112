package signingkey

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

func TestTheKeyIsReadOnceWhenItIsNeeded(t *testing.T) {
	key := newKey(t, "key-1")
	s, source := newServer(t, key), &shelf{key: key}
	c, _ := newClient(t, source)
	if _, err := c.WalletAddress(limited(t), s.URL+"/alice"); err != nil {
		t.Fatal(err)
	}
	source.mustHaveBeenRead(t, 0)
	for name, call := range s.calls() {
		if err := call(limited(t), c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	source.mustHaveBeenRead(t, 1)
}

func TestWarmReadsTheKeyAhead(t *testing.T) {
	key := newKey(t, "key-1")
	s, source := newServer(t, key), &shelf{key: key}
	c, _ := newClient(t, source)
	if err := c.Warm(limited(t)); err != nil {
		t.Fatal(err)
	}
	source.mustHaveBeenRead(t, 1)
	if err := errors.Join(c.Warm(limited(t)), requestGrant(limited(t), c, s)); err != nil {
		t.Fatal(err)
	}
	source.mustHaveBeenRead(t, 1)
}

func TestThoseWhoNeedTheKeyAtOnceShareOneRead(t *testing.T) {
	key := newKey(t, "key-1")
	s, source := newServer(t, key), &shelf{key: key, gate: make(chan struct{})}
	c, _ := newClient(t, source)

	impatient, cancel := context.WithTimeout(limited(t), 10*time.Millisecond)
	defer cancel()
	if err := requestGrant(impatient, c, s); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, opclient.ErrNotSent) {
		t.Errorf("one that gives up gets %v", err)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := requestGrant(limited(t), c, s); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	close(source.gate)
	all.Wait()
	source.mustHaveBeenRead(t, 1)
}

func TestWithoutAKeyNothingIsSent(t *testing.T) {
	for _, tt := range []struct {
		name string
		key  *Key
		err  error
		code string
	}{
		{"missing", nil, Missing("Put it with: …", nil), grant.CodeKeyMissing},
		{"invalid", nil, Invalid(errors.New("no PEM")), grant.CodeKeyInvalid},
		{"out of reach", nil, errors.New("no route to host"), grant.CodeKeyUnavailable},
		{"of a wallet address that is none", KeyOf("shop", "key-1", newKey(t, "").Signer()), nil, grant.CodeKeyInvalid},
		{"without an id", KeyOf("https://wallet.example/shop", "", newKey(t, "").Signer()), nil, grant.CodeKeyInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			good := newKey(t, "key-1")
			s, source := newServer(t, good), &shelf{key: tt.key, err: tt.err}
			c, clock := newClient(t, source)
			for name, call := range s.calls() {
				var told *grant.Error
				if err := call(limited(t), c); !errors.As(err, &told) || told.Code != tt.code || !errors.Is(err, opclient.ErrNotSent) {
					t.Errorf("%s: got %v, want code %s and that it was not sent", name, err, tt.code)
				}
			}
			if n := s.seen(); n != 0 {
				t.Errorf("the server saw %d requests", n)
			}
			source.mustHaveBeenRead(t, len(s.calls())) // once for each

			source.put(good, nil)
			clock.pass(failedFor)
			if err := requestGrant(limited(t), c, s); err != nil {
				t.Errorf("once the key is there: %v", err)
			}
		})
	}
}

func TestAKeyThatStaysMissingIsNotReadForEachRequest(t *testing.T) {
	key := newKey(t, "key-1")
	s, source := newServer(t, key), &shelf{err: Missing("Put it.", nil)}
	c, clock := newClient(t, source)
	for range 100 {
		var told *grant.Error
		if err := requestGrant(limited(t), c, s); !errors.As(err, &told) || told.Code != grant.CodeKeyMissing {
			t.Fatalf("got %v", err)
		}
	}
	source.mustHaveBeenRead(t, failuresFree)
	source.put(key, nil)
	clock.pass(failedFor)
	if err := requestGrant(limited(t), c, s); err != nil {
		t.Errorf("a second after it was put: %v", err)
	}
}
