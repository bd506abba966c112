package simulate

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/keepingtest"
)

const (
	realHosts = 20
	deadHost  = 3
	realDays  = 30
	step      = time.Hour // between two planner runs
)

// realStore is what the real grants and breakers are kept in.
type realStore interface {
	grant.Store
	grant.Calendar
}

// realWallets are the servers of the wallets. They rotate at once, and one of them
// does not answer for a week.
type realWallets struct {
	grant.AuthorizationServer // asked for nothing else

	mu        sync.Mutex
	now       time.Time
	dead      [2]time.Time
	due       map[string]time.Time // of each grant, while its wallet answers
	serial    map[string]int       // of the token that works
	latest    time.Duration        // of a rotation at a wallet that always answers
	rotations int
	deadCalls int
}

func (w *realWallets) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func realManage(host, id string, serial int) string {
	return "https://" + host + "/token/" + id + "/" + strconv.Itoa(serial)
}

func realHost(i int) string { return "auth-" + strconv.Itoa(i) + ".example" }

// Rotate gives a new token for the one that works.
func (w *realWallets) Rotate(_ context.Context, t *opclient.Token) (*opclient.Token, error) {
	u, err := url.Parse(t.Manage)
	if err != nil {
		return nil, err
	}
	part := strings.Split(u.Path, "/") // "", token, id, serial
	id := part[2]
	w.mu.Lock()
	defer w.mu.Unlock()
	isDead := u.Host == realHost(deadHost)
	if isDead && w.now.After(w.dead[0]) && w.now.Before(w.dead[1]) {
		w.deadCalls++
		return nil, &opclient.Error{Op: "rotate", Err: opclient.ErrNotSent}
	}
	if part[3] != strconv.Itoa(w.serial[id]) {
		return nil, fmt.Errorf("grant %s was rotated with a token that is gone", id)
	}
	w.serial[id]++
	w.rotations++
	if !isDead {
		w.latest = max(w.latest, w.now.Sub(w.due[id]))
	}
	// The next one is due 20 days after this at the latest, and is checked by the age
	// of the tokens at the end.
	w.due[id] = w.now.Add(renewal)
	return &opclient.Token{Value: opclient.Secret(id + "-" + strconv.Itoa(w.serial[id])), Manage: realManage(u.Host, id, w.serial[id]),
		ExpiresAt: w.now.Add(10 * time.Minute)}, nil
}

// keepReal keeps n grants in a store for 30 days by the real service.
func keepReal(t *testing.T, store realStore, breakers keeping.BreakerItems, n int) {
	t.Helper()
	began := epoch.Add(renewal)
	w := &realWallets{now: began, dead: [2]time.Time{began.Add(2 * 24 * time.Hour), began.Add(9 * 24 * time.Hour)},
		due: map[string]time.Time{}, serial: map[string]int{}}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Hour)
	defer cancel()
	seedReal(ctx, t, store, w, n)
	s := &keepingtest.Schedule{Grants: &grant.Service{Store: store, Server: w, Now: w.clock}, Calendar: store,
		Breakers: keeping.NewBreakerStore(breakers), Now: w.clock, Workers: 16}
	failed, start := 0, time.Now()
	for range realDays * int(24*time.Hour/step) {
		w.mu.Lock()
		w.now = w.now.Add(step)
		w.mu.Unlock()
		r, err := s.Run(ctx)
		if err != nil || r.Lost+r.Settled != 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		failed += r.Failed
	}
	took := time.Since(start)
	oldest := time.Duration(0)
	for id := range w.serial {
		it, err := store.Get(ctx, id)
		if err != nil || it.Status != grant.Granted || it.Ending != "" || it.Lease != nil {
			t.Fatalf("grant %s: %v", id, err)
		}
		if it.ManageURI != realManage(it.Host(), id, w.serial[id]) {
			t.Fatalf("the token of grant %s is not the one that works", id)
		}
		oldest = max(oldest, w.now.Sub(it.TokenMade.Time()))
	}
	t.Logf("%d grants, %d days: %d rotations in %s, the latest %s late at a wallet that answers, %d calls to the dead one; the oldest token is %s old",
		n, realDays, w.rotations, took.Round(time.Second), w.latest, w.deadCalls, oldest)
	if w.rotations < n || failed != w.deadCalls {
		t.Errorf("%d rotations, %d failed", w.rotations, failed)
	}
	if w.latest > step {
		t.Errorf("a rotation at a wallet that answers was %s late", w.latest)
	}
	if most := 7*24 + 20; w.deadCalls > most || w.deadCalls == 0 {
		t.Errorf("the dead wallet was called %d times", w.deadCalls)
	}
	if oldest > 21*24*time.Hour {
		t.Errorf("a token is %s old", oldest)
	}
}

// seedReal stores grants whose tokens are as old as they are in the long run.
func seedReal(ctx context.Context, t *testing.T, store realStore, w *realWallets, n int) {
	t.Helper()
	next := make(chan *grant.Item)
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range 16 {
		all.Go(func() {
			for it := range next {
				if err := store.Create(ctx, it); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	random := &world{seed: 1}
	for i := range n {
		id := "grant-" + strconv.Itoa(i)
		host := realHost(i % realHosts)
		made := w.now.Add(-time.Duration(random.random() % uint64(renewal-jitter)))
		due := made.Add(renewal) // as versions without jitter have stored it
		w.due[id] = due
		w.serial[id] = 1
		next <- &grant.Item{ID: id, Owner: "shop", Status: grant.Granted, Claimed: true, Recurs: true, GrantEndpoint: "https://" + host + "/",
			Token: id + "-1", ManageURI: realManage(host, id, 1), GrantedAt: grant.At(made), TokenMade: grant.At(made), TokenExpires: grant.At(made.Add(10 * time.Minute)),
			Shard: grant.Shards[i%len(grant.Shards)], Due: grant.At(due)}
	}
	close(next)
	all.Wait()
	if failed != nil {
		t.Fatal(failed)
	}
}
