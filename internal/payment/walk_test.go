package payment_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

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

func (w *walk) rotate() {
	it := w.items.look(w.t, w.grant)
	_, _ = w.grants.Token(w.t.Context(), owner, w.grant, grant.TokenRequest{Refused: it.Token})
}

func (w *walk) followAll() {
	for _, it := range w.payments.all() {
		w.Follow(w.t.Context(), it.ID)
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
