package payment_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// Each call of a store and of a wallet, in each operation, fails before or after it
// acts, or meets another caller. Then the app repeats its request, reads the payment,
// or the schedule follows it. Rules 11, 13 and 14 hold, as the ledger says.

// An operation is one request of the app, and what leads up to it.
type operation struct {
	name    string
	once    bool // a checkout: one payment, whatever the key
	whole   bool // it meets every fault; otherwise those that nobody else makes
	setUp   func(t *testing.T, l *life) (grantID string)
	request func(l *life) payment.Request
}

func operations() []operation {
	pays := func(l *life) payment.Request { return l.pays("1000") }
	empty := func(*life) payment.Request { return payment.Request{} }
	claimed := func(t *testing.T, l *life) string { return l.granted(t, limited("5000")) }
	checkout := func(t *testing.T, l *life) string {
		return l.checkout(t, grant.CheckoutRequest{To: l.shop, ReceiveAmount: amount("1000")})
	}
	behaving := func(kind sandbox.BehaviorKind, setUp func(*testing.T, *life) string) func(*testing.T, *life) string {
		return func(t *testing.T, l *life) string {
			id := setUp(t, l)
			if err := l.sender.Behave(l.alice, sandbox.Behavior{Kind: kind, Times: 1}); err != nil {
				t.Fatal(err)
			}
			return id
		}
	}
	return []operation{
		{"pay", false, true, claimed, pays},
		{"pay, by debit amount", false, false, claimed, func(l *life) payment.Request {
			return payment.Request{To: l.shop, DebitAmount: amount("1000")}
		}},
		{"pay, with an old token", false, false, func(t *testing.T, l *life) string {
			id := claimed(t, l)
			time.Sleep(11 * time.Minute)
			return id
		}, pays},
		{"checkout", true, true, checkout, empty},
		{"checkout, with an old quote", true, false, func(t *testing.T, l *life) string {
			id := checkout(t, l)
			time.Sleep(6 * time.Minute)
			return id
		}, empty},
		{"pay, and the answer is lost", false, true, behaving(sandbox.AnswerLost, claimed), pays},
		{"checkout, and the answer is lost", true, false, behaving(sandbox.AnswerLost, checkout), empty},
		{"pay, and it is made late", false, false, behaving(sandbox.PaymentLate, claimed), pays},
		{"pay, and the wallet refuses it", false, false, behaving(sandbox.InvalidQuote, claimed), pays},
		{"pay, and it is cancelled", false, false, behaving(sandbox.CancelledAtWallet, claimed), pays},
		{"checkout, and it is cancelled", true, false, behaving(sandbox.CancelledAtWallet, checkout), empty},
		{"pay, and the wallet says it failed", false, false, behaving(sandbox.ClaimsFailed, claimed), pays},
		{"pay, and the wallet says it was sent", false, false, behaving(sandbox.ClaimsSent, claimed), pays},
		{"pay, cut off in the middle", false, false, behaving(sandbox.CutOff, claimed), pays},
	}
}

// A walk is one operation with one fault.
type walk struct {
	*life
	t     *testing.T
	op    operation
	grant string

	mu      sync.Mutex
	keys    map[string]bool // that were used
	revoked bool            // DELETE was asked
	gone    int             // payments that were made when DELETE was confirmed; -1: it was not
}

// ask is the app's request. What it is answered must be true.
func (w *walk) ask(key string) (*payment.Resource, error) {
	w.mu.Lock()
	w.keys[key] = true
	w.mu.Unlock()
	p, _, err := w.Make(w.t.Context(), owner, w.grant, w.op.request(w.life), key, time.Second)
	w.mustBeTrue(p)
	return p, err
}

func (w *walk) read(id string) {
	p, err := w.Get(w.t.Context(), owner, w.grant, id)
	if err == nil {
		w.mustBeTrue(p)
	}
}

// delete asks until it is confirmed or it is plain that it is not now.
func (w *walk) delete() {
	w.mu.Lock()
	w.revoked = true
	w.mu.Unlock()
	r, err := w.grants.Delete(w.t.Context(), owner, w.grant, false)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && r.Result == grant.RevokedConfirmed && w.gone < 0 {
		w.gone = w.made()
	}
}

// mustBeTrue compares what the app is told with the ledger.
func (w *walk) mustBeTrue(p *payment.Resource) {
	w.t.Helper()
	if p == nil {
		return
	}
	arrived := w.arrivedAt(p.Receiver)
	switch p.Status {
	case payment.Completed:
		if fmt.Sprint(arrived) < p.ReceiveAmount.Value && len(fmt.Sprint(arrived)) <= len(p.ReceiveAmount.Value) {
			w.t.Errorf("completed, and %d of %s arrived", arrived, p.ReceiveAmount.Value)
		}
	case payment.Failed:
		if arrived != 0 {
			w.t.Errorf("failed (%s), and %d arrived", p.Failure.Code, arrived)
		}
	}
}

// faults by name: what happens at one call. It returns an error if the call fails.
var faults = map[string]func(w *walk) error{
	"it fails":                     func(*walk) error { return errDown },
	"DELETE comes":                 func(w *walk) error { w.delete(); return nil },
	"the same key comes":           func(w *walk) error { _, _ = w.ask("key-1"); return nil },
	"another key comes":            func(w *walk) error { _, _ = w.ask("key-2"); return nil },
	"the schedule comes":           func(w *walk) error { w.followAll(); return nil },
	"the lease is over":            func(w *walk) error { time.Sleep(61 * time.Second); w.followAll(); return nil },
	"the same key comes after it":  func(w *walk) error { time.Sleep(61 * time.Second); _, _ = w.ask("key-1"); return nil },
	"the client leaves":            nil, // see walkThrough
	"nothing works from then on":   nil,
	"another rotates the token":    func(w *walk) error { w.rotate(); return nil },
	"everything takes 4 s from it": nil,
}

// alone are the faults in which nobody else takes part, and DELETE.
var alone = []string{"it fails", "nothing works from then on", "the lease is over", "DELETE comes"}

var errDown = errors.New("down")

func (w *walk) rotate() {
	it := w.items.look(w.t, w.grant)
	_, _ = w.grants.Token(w.t.Context(), owner, w.grant, grant.TokenRequest{Refused: it.Token})
}

func (w *walk) followAll() {
	for _, it := range w.payments.all() {
		w.Follow(w.t.Context(), it.ID)
	}
}

// A place is where a fault happens.
type place int

const (
	beforeStore place = iota
	afterStore
	beforeWallet
	afterWallet
	insteadOfWallet // 429 from in front of it
)

var places = map[place]string{beforeStore: "before store call", afterStore: "after store call",
	beforeWallet: "before wallet call", afterWallet: "after wallet call", insteadOfWallet: "instead of wallet call"}

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

// touchAndCheck repeats, reads and follows until a day is over, and checks what must
// hold.
func (w *walk) touchAndCheck() {
	w.t.Helper()
	time.Sleep(61 * time.Second) // no lease is left
	for _, touch := range []func(id string){func(id string) { w.read(id) }, func(id string) { w.Follow(w.t.Context(), id) }} {
		for _, it := range w.payments.all() {
			touch(it.ID)
		}
	}
	w.mustKnowAll()
	if _, err := w.ask("key-1"); err == nil || !w.revoked {
		w.mustKnowAll()
	}
	for _, wait := range []time.Duration{10 * time.Second, 10 * time.Minute, time.Hour, 25 * time.Hour} {
		time.Sleep(wait)
		w.followAll()
		w.mustKnowAll()
	}
	w.mustBeOver()
}

// mustKnowAll: every payment that the wallet has made is one that the store knows, and
// no item has two.
func (w *walk) mustKnowAll() {
	w.t.Helper()
	known := map[string]*payment.Item{}
	for _, it := range w.payments.all() {
		if it.Quote != nil && it.Status != "withdrawn" {
			known[it.Quote.ID] = it
			w.mustBeTrue(w.resource(it))
		}
	}
	unpaid := 0
	for _, p := range w.sender.AllOutgoingPayments() {
		it := known[p.QuoteID]
		switch {
		case it == nil:
			w.t.Errorf("the store does not know an outgoing payment")
		case it.Status == payment.Pending, it.Status == payment.Completed, it.Status == payment.Partial, it.Status == payment.Undecided:
		case it.Status == payment.Failed && w.sender.Arrived(p.ID) == 0 && p.Failed:
			unpaid++
		case it.Status == payment.Processing && it.Sought: // it is looked for
		default:
			w.t.Errorf("an outgoing payment is %s, sought %v", it.Status, it.Sought)
		}
	}
	most := len(w.keys)
	if w.op.once {
		most = 1 + unpaid
	}
	if w.made() > most {
		w.t.Errorf("%d outgoing payments for %d keys", w.made(), len(w.keys))
	}
	if w.gone >= 0 && w.made() > w.gone {
		w.t.Errorf("a payment was made after DELETE was confirmed")
	}
}

func (w *walk) resource(it *payment.Item) *payment.Resource {
	return &payment.Resource{Status: it.Status, Receiver: it.Receiver, ReceiveAmount: &it.Quote.Receive, Failure: it.Failure}
}

// mustBeOver: after a day nothing is left open.
func (w *walk) mustBeOver() {
	w.t.Helper()
	for _, it := range w.payments.all() {
		if it.Lease != nil || it.Due != 0 || it.Status == payment.Processing || it.Status == payment.Pending {
			w.t.Errorf("a payment is still %s, due %v", it.Status, it.Due.Time())
		}
	}
	g := w.items.look(w.t, w.grant)
	if w.revoked {
		w.delete()
		if g = w.items.look(w.t, w.grant); g.Status != grant.Revoked || g.Ending != "" {
			w.t.Errorf("DELETE was asked, and the grant is %s, ending %q", g.Status, g.Ending)
		}
	}
	if g.Flight != nil {
		w.t.Errorf("the grant is not free: %+v", g.Flight)
	}
	if s := w.logged.String(); strings.Contains(s, "fault:") {
		w.t.Errorf("a fault: %s", s)
	}
}
