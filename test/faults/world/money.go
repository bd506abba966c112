package world

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// What must hold for money, by the sandbox's ledger. See rules 11, 13 and 14 in
// ARCHITECTURE.md.

// money is what the world knows of payments.
type money struct {
	mu   sync.Mutex
	keys map[string]map[string]bool // grant → the Idempotency-Keys that were used
	gone map[string]int             // grant → outgoing payments when DELETE was confirmed
}

func (w *World) usePayments(next, raw payment.Store) {
	if w.money.keys == nil {
		w.money.keys, w.money.gone = map[string]map[string]bool{}, map[string]int{}
	}
	if next != nil {
		w.Payments = &Payments{grants: w.Store, next: next, raw: raw, ids: map[string]bool{}}
	}
}

func (w *World) useKey(grantID, key string) {
	w.money.mu.Lock()
	defer w.money.mu.Unlock()
	if w.money.keys[grantID] == nil {
		w.money.keys[grantID] = map[string]bool{}
	}
	w.money.keys[grantID][key] = true
}

// paymentIDs are those of all payments; in a child, those of whom the app has heard.
func (s *Session) paymentIDs() (ids []string) {
	if s.inChild {
		if s.Payment != "" {
			ids = append(ids, s.Payment)
		}
		return ids
	}
	return s.allPayments()
}

func (w *World) allPayments() (ids []string) {
	if w.Payments == nil {
		return nil
	}
	w.Payments.grants.mu.Lock()
	defer w.Payments.grants.mu.Unlock()
	for id := range w.Payments.ids {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (w *World) follow(id string) { w.Paying.Follow(context.Background(), id) }

// touchPayments lets the app read each payment once, and the schedule look at it.
func (w *World) touchPayments() {
	if w.Payments == nil || w.inChild {
		return
	}
	for _, it := range w.Payments.all() {
		a := w.call(true, "GET", w.URL+"/grants/"+it.Grant+"/payments/"+it.ID, "")
		w.judgePayment(a)
		w.follow(it.ID)
	}
}

// An inspecting transport looks at each request to pay: at that time the payment and its
// quote are saved with a grant that is claimed.
type inspecting struct {
	next http.RoundTripper
	w    *World
}

// RoundTrip is [http.RoundTripper]'s.
func (i *inspecting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/outgoing-payments") && r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var asked struct{ QuoteID string }
		if err := json.Unmarshal(body, &asked); err != nil {
			i.w.Brokenf("a payment is asked for without JSON: %v", err)
		}
		i.w.checkBegun(asked.QuoteID)
	}
	answer, err := i.next.RoundTrip(r)
	if err == nil && answer.Header.Get("Date") != "" {
		answer.Header.Set("Date", i.w.Now().UTC().Format(http.TimeFormat)) // net/http has no clock to move
	}
	return answer, err
}

// checkBegun: a payment is sent only when it is saved with its grant.
func (w *World) checkBegun(quote string) {
	begun := slices.ContainsFunc(w.Store.known(), func(id string) bool {
		it := w.Store.stored(id)
		return it != nil && it.Claimed && it.Status == grant.Granted && it.Flight != nil && it.Flight.Quote == quote
	})
	if !begun {
		w.Brokenf("rule 13: a payment is sent that no claimed grant has in flight")
	}
}

// arrived is what came at an incoming payment from the user, as the ledger says.
func (w *World) arrived(receiver string) (value uint64) {
	for _, t := range w.Wallet.Ledger() {
		if t.IncomingPayment == receiver && t.OutgoingPayment != "" {
			value += t.Arrived.Value
		}
	}
	return value
}

// judgePayment: what the app is told of a payment is true.
func (w *World) judgePayment(a Answer) {
	if p, ok := a.Body["payment"].(map[string]any); ok && a.Status == 402 {
		a.Body = p
	}
	if a.Status != 200 && a.Status != 201 && a.Status != 402 {
		return
	}
	receive, _ := a.Body["receiveAmount"].(map[string]any)
	wanted, _ := receive["value"].(string)
	if receiver := a.Text("receiver"); receiver != "" && w.mayJudgeReceiver(a) {
		w.judgeStatus(a.Text("status"), a.FailureCode(), w.arrived(receiver), wanted)
	}
}

// mayJudgeReceiver reports whether what arrived at a payment's receiver is the payment's
// alone: two payments of a checkout have one receiver, if the first one failed.
func (w *World) mayJudgeReceiver(a Answer) bool {
	w.money.mu.Lock()
	defer w.money.mu.Unlock()
	return a.Text("status") != "failed" || len(w.money.keys[a.Text("grantId")]) < 2
}

// arrivedOf is what came of the outgoing payments of a quote.
func (w *World) arrivedOf(quote string) (value uint64) {
	for _, p := range w.Wallet.AllOutgoingPayments() {
		if p.QuoteID == quote {
			value += w.Wallet.Arrived(p.ID)
		}
	}
	return value
}

func (w *World) judgeStatus(status, code string, arrived uint64, wanted string) {
	want, _ := strconv.ParseUint(wanted, 10, 64)
	switch {
	case status == "completed" && (arrived < want || want == 0):
		w.Brokenf("rule 14: completed, and %d of %d arrived", arrived, want)
	case status == "failed" && arrived > 0:
		w.Brokenf("rule 14: failed as %s, and %d arrived", code, arrived)
	case status == "partial" && (arrived == 0 || arrived >= want):
		w.Brokenf("rule 14: partial, and %d of %d arrived", arrived, want)
	}
}

// notePaid keeps how many payments were made from a grant when its end was confirmed.
func (w *World) notePaid(grantID string) {
	if w.Payments == nil || w.inChild {
		return
	}
	w.money.mu.Lock()
	defer w.money.mu.Unlock()
	if _, known := w.money.gone[grantID]; !known {
		w.money.gone[grantID] = len(w.Wallet.AllOutgoingPayments())
	}
}

// checkPaidBefore: after a confirmed DELETE nothing is paid any more.
func (w *World) checkPaidBefore(grantID string) {
	w.money.mu.Lock()
	before, ended := w.money.gone[grantID]
	w.money.mu.Unlock()
	if made := len(w.Wallet.AllOutgoingPayments()); ended && made > before {
		w.Brokenf("rule 11: %d payments were made, and %d when 204 was said", made, before)
	}
}

// checkMoney compares the store with what the wallet has made, after a touch.
func (w *World) checkMoney() {
	if w.Payments == nil {
		return
	}
	byQuote := map[string]*payment.Item{}
	for _, it := range w.Payments.all() {
		code := ""
		if it.Failure != nil {
			code = it.Failure.Code
		}
		if it.Quote != nil && it.Status != "withdrawn" {
			byQuote[it.Quote.ID] = it
			w.judgeStatus(string(it.Status), code, w.arrivedOf(it.Quote.ID), it.Quote.Receive.Value)
		}
		if g := w.Store.stored(it.Grant); IsDecided(string(it.Status)) && g != nil && g.Flight != nil && g.Flight.Payment == it.ID {
			w.Brokenf("rule 13: a payment is %s, and its grant is not free", it.Status)
		}
	}
	made := map[string]int{} // by payment
	paid := map[string]int{} // by grant, without those that failed and sent nothing
	for _, p := range w.Wallet.AllOutgoingPayments() {
		it := byQuote[p.QuoteID]
		if it == nil {
			w.Brokenf("rule 13: the store does not know an outgoing payment")
			continue
		}
		if made[it.ID]++; made[it.ID] > 1 {
			w.Brokenf("rule 13: two outgoing payments for one payment")
		}
		lost := it.Status == payment.Processing && !it.Sought || it.Status == payment.Failed && (!p.Failed || w.Wallet.Arrived(p.ID) > 0)
		if lost {
			w.Brokenf("rule 14: an outgoing payment is %s here", it.Status)
		}
		g := w.Store.stored(it.Grant)
		if g == nil || !g.Claimed {
			w.Brokenf("rule 13: a payment was made from a grant that nobody claimed")
			continue
		}
		if !p.Failed || w.Wallet.Arrived(p.ID) > 0 {
			paid[it.Grant]++
		}
		w.money.mu.Lock()
		most := len(w.money.keys[it.Grant])
		w.money.mu.Unlock()
		if g.Checkout != nil {
			most = 1
		}
		if paid[it.Grant] > most {
			w.Brokenf("rule 13: %d payments of a grant, and %d were asked for", paid[it.Grant], most)
		}
	}
	w.CheckPayees(w.Client)
}

// CheckPayees checks that all money went to one of these wallet addresses.
func (w *World) CheckPayees(allowed ...string) {
	for _, t := range w.Wallet.Ledger() {
		if t.OutgoingPayment != "" && !slices.Contains(allowed, t.To) {
			w.Brokenf("%d went to %s, which may not be paid", t.Arrived.Value, t.To)
		}
	}
}

// WaitForTheEnd lets a day pass, in which the schedule looks at the payments, and checks
// that nothing is open then.
func (s *Session) WaitForTheEnd() {
	for _, d := range []time.Duration{2 * time.Minute, 6 * time.Minute, time.Hour, 24 * time.Hour} {
		s.Move(d)
		s.LetFollow()
	}
	for _, it := range s.Payments.all() {
		if it.Lease != nil || it.Due != 0 || it.Status == payment.Processing || it.Status == payment.Pending {
			s.Brokenf("rule 13: after a day a payment is %s, due %v", it.Status, it.Due.Time())
		}
	}
	if s.Revokes {
		s.again(true, func() (Answer, bool) { a := s.Delete(); return a, a.Status == 204 })
	}
	s.checkMoney()
}
