package payment_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// Each call of a store and of a wallet, in each operation, fails before or after it
// acts, or meets another caller. Then the app repeats its request, reads the payment,
// or the schedule follows it. Rules 11, 13 and 14 hold, as the ledger says.

// full tries each fault at each call of each operation, as make faults does. Without it,
// each fault is tried once at each kind of call, before and after the call acts.
var full = flag.Bool("full", false, "try each fault at each call of each operation")

// A point is a call of an operation, and what happens there.
type point struct {
	op    operation
	fault string
	at    place
	n     int    // of the calls to that place, from 1
	call  string // what is called
}

func (p point) String() string {
	return fmt.Sprintf("%s/%s/%s %d (%s)", p.op.name, p.fault, places[p.at], p.n, p.call)
}

func TestWhateverHappensAtAnyCallNoMoneyIsLostOrPaidTwice(t *testing.T) {
	t.Parallel()
	points, tried := 0, map[string]bool{}
	for _, op := range operations() {
		var calls map[place][]string
		synctest.Test(t, func(t *testing.T) { calls = callsOf(t, op) })
		for _, p := range pointsOf(op, calls) {
			kind := fmt.Sprint(p.fault, p.at, p.call)
			if !*full && tried[kind] {
				continue
			}
			tried[kind] = true
			points++
			t.Run(p.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { walkThrough(t, p) })
			})
		}
	}
	if points < 250 || *full && points < 2000 {
		t.Errorf("only %d points and faults", points)
	}
	t.Logf("%d points and faults", points)
}

// pointsOf returns all points of an operation that makes these calls, in a fixed order.
func pointsOf(op operation, calls map[place][]string) (all []point) {
	for _, fault := range slices.Sorted(maps.Keys(faults)) {
		if !op.whole && !slices.Contains(alone, fault) {
			continue
		}
		for at := range place(len(places)) {
			if at == insteadOfWallet && fault != "it fails" {
				continue
			}
			for i, call := range calls[at] {
				all = append(all, point{op, fault, at, i + 1, call})
			}
		}
	}
	return all
}

// callsOf returns the calls that an operation makes without a fault, by the places where
// one can happen. A call of the store that fails has no place after it.
func callsOf(t *testing.T, op operation) map[place][]string {
	l := newLife(t, sandbox.Config{})
	id := op.setUp(t, l)
	calls := map[place][]string{}
	note := func(at place) func(string) error {
		return func(call string) error { calls[at] = append(calls[at], kindOfCall(call)); return nil }
	}
	wallet := func(at place) func(int, string) error {
		return func(_ int, call string) error { return note(at)(call) }
	}
	l.gate.set(note(beforeStore), note(afterStore))
	l.net.set(wallet(beforeWallet), wallet(afterWallet), nil)
	_, _, _ = l.Make(t.Context(), owner, id, op.request(l), "key-1", time.Second)
	calls[insteadOfWallet] = calls[beforeWallet]
	return calls
}

var idInPath = regexp.MustCompile(`[^/]*[0-9A-F]{8}[^/]*|[0-9a-f]{8}-[0-9a-f-]+`)

// kindOfCall is a request without the ids in its path.
func kindOfCall(call string) string { return idInPath.ReplaceAllString(call, "{id}") }

// walkThrough makes one fault happen at its point, and checks that it did.
func walkThrough(t *testing.T, p point) {
	op, name, at := p.op, p.fault, p.at
	l := newLife(t, sandbox.Config{})
	w := &walk{life: l, t: t, op: op, keys: map[string]bool{}, gone: -1}
	w.grant = op.setUp(t, l)
	l.net.forget()
	var seen atomic.Int64
	var slow, happened atomic.Bool
	ctx, leave := contextThatLeaves(t)
	step := func() error {
		call := seen.Add(1)
		if slow.Load() {
			time.Sleep(4 * time.Second)
		}
		if int(call) != p.n {
			return nil
		}
		happened.Store(true)
		switch name {
		case "nothing works from then on":
			down := func(string) error { return errDown }
			l.gate.set(down, down)
			l.net.set(func(int, string) error { return errDown }, nil, nil)
			return errDown
		case "the client leaves":
			leave()
			return nil
		case "everything takes 4 s from it":
			slow.Store(true)
			return nil
		}
		if at == beforeStore || at == afterStore {
			l.gate.set(nil, nil)
		} else {
			l.net.heal()
		}
		return faults[name](w)
	}
	switch at {
	case beforeStore:
		l.gate.set(func(string) error { return step() }, nil)
	case afterStore:
		l.gate.set(nil, func(string) error { return step() })
	case beforeWallet:
		l.net.set(func(int, string) error { return step() }, nil, nil)
	case afterWallet:
		l.net.set(nil, func(int, string) error { return step() }, nil)
	case insteadOfWallet:
		l.net.set(nil, nil, func(int, string) *http.Response {
			if step() == nil {
				return nil
			}
			return &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"1"}}, Body: http.NoBody}
		})
	}
	var first *payment.Resource
	w.keys["key-1"] = true
	first, _, _ = l.Make(ctx, owner, w.grant, op.request(l), "key-1", time.Second)
	leave()
	w.mustBeTrue(first)
	slow.Store(false)
	l.gate.set(nil, nil)
	l.net.heal()
	w.touchAndCheck()
	if !happened.Load() {
		t.Error("the fault did not happen: an error of this test")
	}
}
