package signingkey

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

func TestARefusedKeyIsReadAgainAndTheCallRepeatedIfItChanged(t *testing.T) {
	for name := range newServer(t, nil).calls() {
		t.Run(name, func(t *testing.T) {
			older, newer := newKey(t, "key-1"), newKey(t, "key-1")
			s, source := newServer(t, older), &shelf{key: older}
			c, _ := newClient(t, source)
			call := s.calls()[name]
			if err := call(limited(t), c); err != nil {
				t.Fatal(err)
			}
			source.put(newer, nil)
			s.accept(newer)
			if err := call(limited(t), c); err != nil {
				t.Errorf("after the key was replaced: %v", err)
			}
			source.mustHaveBeenRead(t, 2)
			if n := s.seen(); n != 3 {
				t.Errorf("the server saw %d requests, want 3", n)
			}
		})
	}
}

func TestAKeyThatStaysRefused(t *testing.T) {
	for _, tt := range []struct {
		name     string
		then     *Key  // what a second read gives
		err      error // or its error
		requests int
	}{
		{name: "unchanged, it is tried once", requests: 1},
		{name: "changed, it is tried twice", then: newKey(t, "key-2"), requests: 2},
		{name: "no longer there, it is tried once", err: errors.New("throttled"), requests: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := newKey(t, "key-1")
			s, source := newServer(t, nil), &shelf{key: key}
			c, _ := newClient(t, source)
			if err := c.Warm(limited(t)); err != nil {
				t.Fatal(err)
			}
			want := key
			if tt.then != nil {
				want = tt.then
			}
			if tt.then != nil || tt.err != nil {
				source.put(tt.then, tt.err)
			}
			err := requestGrant(limited(t), c, s)
			var told *grant.Error
			if !errors.As(err, &told) || told.Code != grant.CodeKeyRefused || told.Upstream == nil {
				t.Fatalf("got %v", err)
			}
			if *told.Upstream != (grant.Upstream{Status: 401, Code: "invalid_client", Description: "invalid signature"}) {
				t.Errorf("the wallet's words are %+v", *told.Upstream)
			}
			if !errors.Is(err, opclient.ErrRefused) || !opclient.HasCode(err, opclient.CodeInvalidClient) || errors.Is(err, opclient.ErrNotSent) {
				t.Errorf("%v does not keep the wallet's refusal", err)
			}
			if !strings.Contains(told.Detail, want.KeyID) || !strings.Contains(told.Detail, want.WalletAddress) {
				t.Errorf("%q does not name the key", told.Detail)
			}
			if tt.err != nil && !strings.Contains(err.Error(), tt.err.Error()) {
				t.Errorf("%v does not say why it could not be read again", err)
			}
			if n := s.seen(); n != tt.requests {
				t.Errorf("the server saw %d requests, want %d", n, tt.requests)
			}
			s.accept(want)
			if err := requestGrant(limited(t), c, s); err != nil {
				t.Errorf("once it is accepted: %v", err)
			}
		})
	}
}

func TestWhatHappensWithTheNewKeyIsTold(t *testing.T) {
	older, newer := newKey(t, "key-1"), newKey(t, "key-2")
	s, source := newServer(t, newer), &shelf{key: older}
	s.answers = func(w http.ResponseWriter) bool {
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
	c, _ := newClient(t, source)
	if err := c.Warm(limited(t)); err != nil {
		t.Fatal(err)
	}
	source.put(newer, nil)
	var told *grant.Error
	err := s.calls()["Continue"](limited(t), c)
	if !errors.Is(err, opclient.ErrOutcomeUnknown) || errors.Is(err, opclient.ErrRefused) || errors.As(err, &told) {
		t.Errorf("got %v, want that the outcome is unknown", err)
	}
	if n := s.seen(); n != 2 {
		t.Errorf("the server saw %d requests, want 2", n)
	}
}

func TestARefusingServerDoesNotCostAReadEachTime(t *testing.T) {
	key := newKey(t, "key-1")
	s, source := newServer(t, nil), &shelf{key: key}
	c, clock := newClient(t, source)
	refused := func() {
		t.Helper()
		var told *grant.Error
		if err := requestGrant(limited(t), c, s); !errors.As(err, &told) || told.Code != grant.CodeKeyRefused {
			t.Fatalf("got %v", err)
		}
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { _ = requestGrant(limited(t), c, s) })
	}
	all.Wait()
	refused()
	source.mustHaveBeenRead(t, 2) // the first time, and once again
	clock.pass(unchangedFor)
	refused()
	refused()
	source.mustHaveBeenRead(t, 3)
	source.put(nil, errors.New("throttled"))
	clock.pass(unchangedFor)
	refused()
	clock.pass(failedFor)
	refused()
	source.mustHaveBeenRead(t, 4)

	newer := newKey(t, "key-2")
	source.put(newer, nil)
	s.accept(newer)
	clock.pass(unchangedFor)
	if err := requestGrant(limited(t), c, s); err != nil {
		t.Errorf("after the key was replaced: %v", err)
	}
	// A change is the operator's doing, and does not make the next one wait.
	newest := newKey(t, "key-3")
	source.put(newest, nil)
	s.accept(newest)
	if err := requestGrant(limited(t), c, s); err != nil {
		t.Errorf("after the key was replaced again: %v", err)
	}
}

func TestAllWhoAreRefusedAtOnceGetTheNewKeyByOneRead(t *testing.T) {
	older, newer := newKey(t, "key-1"), newKey(t, "key-2")
	s, source := newServer(t, newer), &shelf{key: older}
	c, _ := newClient(t, source)
	if err := c.Warm(limited(t)); err != nil {
		t.Fatal(err)
	}
	source.put(newer, nil)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := requestGrant(limited(t), c, s); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	source.mustHaveBeenRead(t, 2)
}

func TestOtherRefusalsAreNotRepeated(t *testing.T) {
	for status, body := range map[int]string{
		400: `{"error":{"code":"too_fast"}}`,
		401: `{"error":{"code":"request_denied"}}`,
		404: `{"error":{"code":"invalid_continuation"}}`,
		500: `{"error":{"code":"invalid_request"}}`,
		200: `nonsense`,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			key := newKey(t, "key-1")
			s, source := newServer(t, key), &shelf{key: key}
			s.answers = func(w http.ResponseWriter) bool {
				w.WriteHeader(status)
				_, _ = fmt.Fprint(w, body)
				return true
			}
			c, _ := newClient(t, source)
			var told *grant.Error
			if err := s.calls()["Continue"](limited(t), c); err == nil || errors.As(err, &told) {
				t.Errorf("got %v, want the opclient's own error", err)
			}
			if n := s.seen(); n != 1 {
				t.Errorf("the server saw %d requests", n)
			}
			source.mustHaveBeenRead(t, 1)
		})
	}
}
