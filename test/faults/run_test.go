package faults

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	kinds "github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/faults/world"
)

var full = flag.Bool("full", false, "try each fault at each call; without it, every few")

// opened is a store of grants.
type opened struct {
	grant.Store
	payments    payment.Store
	raw         grant.Store // the same without faults
	rawPayments payment.Store
	http        *exchanges // the HTTP requests that it makes; nil: it makes none
}

// stores are the stores of grants, by name. Each is made once, and opened for each
// try.
var stores = map[string]func(t *testing.T) (open func() opened){
	"bolt": func(t *testing.T) func() opened {
		s, err := bolt.Open(filepath.Join(t.TempDir(), "grants.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		payments := bolt.Of(s.File, kinds.Payments)
		return func() opened { return opened{s, payments, s, payments, nil} }
	},
}

// A point is a call of an operation.
type point struct {
	op    operation
	layer string // store, http or wallet
	n     int    // of the operation's calls to that layer, from 1
	call  string // what is called
	keys  bool   // the wallet reads our keys for this call or a later one
}

func (p point) String() string { return fmt.Sprintf("%s-%d-%s", p.layer, p.n, p.call) }

// TestFaults lets each call of each operation go wrong in each way.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			h := &harness{open: open(t), name: name, total: map[string]*row{}}
			all := append(operations(), payments()...)
			for _, op := range all {
				h.each(t, op)
			}
			h.report(t)
			if len(h.order) == len(all) { // and not some of them alone
				h.seen.check(t)
			}
		})
	}
}

// A harness runs the points over one store.
type harness struct {
	open  func() opened
	name  string
	nth   int
	total map[string]*row
	order []string
	seen  seenLog
}

// A row is what the report says about one operation.
type row struct {
	points        int // calls
	tried, broken atomic.Int64
}

// each runs all points of an operation.
func (h *harness) each(t *testing.T, op operation) {
	t.Run(strings.ReplaceAll(op.name, " ", "_"), func(t *testing.T) {
		points := h.count(t, op)
		h.order = append(h.order, op.name)
		r := &row{points: len(points)}
		h.total[op.name] = r
		for _, p := range points {
			for _, f := range h.faults(p) {
				h.nth++
				if !*full && h.nth%h.stride(op) != 0 || *full && h.isTriedElsewhere(p) {
					continue
				}
				carriesOn := h.nth/4%2 == 0
				t.Run(p.String()+"/"+f.name, func(t *testing.T) { h.tryBoth(t, r, p, f, carriesOn) })
			}
		}
	})
}

// stride is how many points the short form goes on to the next one that it tries.
func (h *harness) stride(op operation) int {
	n := stride
	if h.name == "dynamodb" {
		n *= 4
	}
	if op.pays {
		n *= 3 // the walk of internal/payment tries each fault at each kind of call
	}
	return n
}

const stride = 7

// count counts the calls of an operation without faults, and checks that it works.
func (h *harness) count(t *testing.T, op operation) (points []point) {
	s, http := h.start(t, op)
	op.prepare(s)
	stop := s.Store.Count()
	if http != nil {
		http.plan(s, 0, false, nil)
	}
	var walletCalls []string
	s.Wallet.Hook(func(c sandbox.Call) {
		if c.Op != sandbox.OpConsent && c.Op != sandbox.OpKeys && c.Op != sandbox.OpIntrospect {
			walletCalls = append(walletCalls, string(c.Op))
		}
	}, nil)
	keyReads := s.Wallet.Stats().KeyReads
	op.ask(s)
	keys := s.Wallet.Stats().KeyReads > keyReads
	s.Wallet.Hook(nil, nil)
	for i, call := range stop() {
		points = append(points, point{op, "store", i + 1, call, false})
	}
	if http != nil {
		ops, _ := http.stop()
		for i, call := range ops {
			points = append(points, point{op, "http", i + 1, call, false})
		}
	}
	for i, call := range walletCalls {
		points = append(points, point{op, "wallet", i + 1, call, keys})
	}
	if len(points) == 0 {
		t.Fatal("the operation makes no call")
	}
	s.Heal()
	s.CarryOn()
	if missing := op.reached(s); missing != "" {
		t.Fatalf("without any fault %s", missing)
	}
	s.Touch()
	s.CheckEnd(1)
	if op.pays {
		s.WaitForTheEnd()
	}
	return points
}

func (h *harness) faults(p point) []fault {
	switch p.layer {
	case "store":
		return storeFaults(p.op)
	case "http":
		return exchangeFaults()
	}
	all := walletFaults(p.op)
	if p.n > 1 || !p.keys {
		return all[:len(all)-1] // the last one is at whichever call is signed first
	}
	return all
}

// start makes a world and an app in it.
func (h *harness) start(t *testing.T, op operation) (*world.Session, *exchanges) {
	t.Helper()
	store := h.open()
	w, err := world.New(world.Config{Store: store, Raw: store.raw, Payments: store.payments, RawPayments: store.rawPayments, Broken: func(rule string) { t.Error(rule) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Close()
		h.seen.add(w.Log())
		if t.Failed() {
			t.Logf("run it alone:\n  go test -tags tools ./test/faults -run '^%s$' -args -full\nThe log:\n%s", strings.ReplaceAll(t.Name(), "/", "$/^"), w.Log())
		}
	})
	s := w.NewSession(bodyOf(op))
	if op.key {
		s.Key = newKey()
	}
	op.wantPayment(s)
	return s, store.http
}

// newKey is an Idempotency-Key that nobody has used.
func newKey() string { return fmt.Sprintf("key-%d", time.Now().UnixNano()) }

// bodyOf is the request of the operation's grant.
func bodyOf(op operation) string {
	if op.body == "" {
		return world.OneOff
	}
	return op.body
}

// tryBoth tries a fault at a point twice: with a browser and an app that go on, and
// with nothing but one touch after it. Where that is too slow, carriesOn says which.
func (h *harness) tryBoth(t *testing.T, r *row, p point, f fault, carriesOn bool) {
	t.Parallel()
	r.tried.Add(1)
	t.Cleanup(func() {
		if t.Failed() {
			r.broken.Add(1)
		}
	})
	switch {
	case !*full:
		h.try(t, p, f, true)
	case h.name == "dynamodb" && p.op.pays: // slow: one of the two
		h.try(t, p, f, carriesOn)
	default:
		h.try(t, p, f, true)
		h.try(t, p, f, false)
	}
}

// isTriedElsewhere reports whether the full form leaves a point to the other store: what a
// wallet does to a payment has little to do with the store, and DynamoDB Local is slow.
func (h *harness) isTriedElsewhere(p point) bool {
	return h.name == "dynamodb" && p.op.pays && p.layer == "wallet" && h.nth%4 != 0
}

// try lets one fault happen at one point, and checks the rules.
func (h *harness) try(t *testing.T, p point, f fault, carryOn bool) {
	s, http := h.start(t, p.op)
	p.op.prepare(s)
	if f.slow {
		s.BeImpatient()
	}
	f.plan(s, http, p.n)
	p.op.ask(s)
	if err := f.fired(s, http); err != nil {
		t.Error(err)
	}
	s.CheckGone()
	s.Heal()
	if carryOn {
		s.CarryOn()
	}
	if carryOn && (f.mild || f.wallet != nil && !f.second && p.op.always(f.name)) {
		if missing := p.op.reached(s); missing != "" {
			t.Errorf("after a fault that passes %s", missing)
		}
	}
	s.Touch()
	refs := 1
	if f.name == "too-many-requests-before" || f.name == "keys-unreachable-before" {
		refs = 2 // the server cannot have used the reference
	}
	s.CheckEnd(refs)
	switch {
	case p.op.pays:
		s.WaitForTheEnd()
	case s.FinishURL != "":
		s.Finish() // the browser opens the link once more
	}
}

// report prints a line for each operation.
func (h *harness) report(t *testing.T) {
	points, tried, broken := 0, int64(0), int64(0)
	t.Logf("%s: operation, calls, calls × faults, broken", h.name)
	for _, name := range h.order {
		r := h.total[name]
		t.Logf("%-40s %4d %6d %4d", name, r.points, r.tried.Load(), r.broken.Load())
		points, tried, broken = points+r.points, tried+r.tried.Load(), broken+r.broken.Load()
	}
	t.Logf("%-40s %4d %6d %4d", "all", points, tried, broken)
}
