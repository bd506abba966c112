package faults

import (
	"fmt"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/faults/world"
)

// payments are what an app and the schedule ask for when money moves.
func payments() []operation {
	pay := func(s *world.Session) { s.Pay() }
	follow := func(s *world.Session) { s.LetFollow() }
	claimed := func(s *world.Session) { granted(s); s.Claim() }
	old := func(s *world.Session) { claimed(s); s.Move(61 * time.Minute) }
	all := []operation{
		{name: "request a checkout", body: world.Checkout, payment: world.OfCheckout, prepare: nothing, ask: request, reached: isAsked, always: everyFault},
		{name: "claim a checkout", body: world.Checkout, payment: world.OfCheckout, prepare: granted, ask: func(s *world.Session) { s.Claim() }, reached: isPaid, always: everyFault},
		{name: "claim and pay a checkout", body: world.Checkout, payment: world.OfCheckout, prepare: granted, ask: pay, reached: isPaid, always: noFault},
		{name: "pay a checkout with an old quote", body: world.Checkout, payment: world.OfCheckout, ask: pay, reached: isPaid, always: noFault,
			prepare: func(s *world.Session) { claimed(s); s.Move(6 * time.Minute) }},
		{name: "pay", body: world.Allowance, prepare: claimed, ask: pay, reached: isPaid, always: noFault},
		{name: "pay with an old token", body: world.Allowance, prepare: old, ask: pay, reached: isPaid, always: noFault},
		{name: "pay from a grant that nobody has claimed", body: world.Allowance, ask: payNothing, reached: anyEnd, always: everyFault,
			prepare: func(s *world.Session) { granted(s); s.Code = "" }},
		{name: "pay from a grant that has ended", body: world.Allowance, ask: payNothing, reached: anyEnd, always: everyFault,
			prepare: func(s *world.Session) { claimed(s); s.Delete() }},
		{name: "pay while another is looked for", body: world.Allowance, ask: pay, reached: isPaid, always: noFault,
			prepare: func(s *world.Session) { lostAnswer(s, true); s.PayKey, s.Payment, s.Paid = newKey(), "", "" }},
		{name: "follow a payment", body: world.Allowance, prepare: func(s *world.Session) { lostAnswer(s, true) }, ask: follow, reached: isPaid, always: noFault},
		{name: "follow a payment that was not made", body: world.Allowance, ask: follow, reached: isNotMade, always: noFault,
			prepare: func(s *world.Session) { lostAnswer(s, false); s.Move(7 * time.Minute) }},
		{name: "read a payment", body: world.Checkout, payment: world.OfCheckout, prepare: func(s *world.Session) { lostAnswer(s, true) },
			ask: func(s *world.Session) { s.ReadPayment("") }, reached: isPaid, always: noFault},
		{name: "read a pending payment", body: world.Checkout, payment: world.OfCheckout, prepare: onItsWay,
			ask: func(s *world.Session) { s.ReadPayment("") }, reached: isPaid, always: noFault},
		{name: "follow a pending payment", body: world.Allowance, prepare: onItsWay, ask: follow, reached: isPaid, always: noFault},
		{name: "follow a payment that was cut off", body: world.Allowance, ask: follow, reached: isPartial, always: noFault,
			prepare: func(s *world.Session) { behaving(s, sandbox.CutOff); s.Move(7 * time.Minute) }},
		{name: "pay a checkout again after a failure", body: world.Checkout, payment: world.OfCheckout, ask: pay, reached: isPaid, always: noFault,
			prepare: func(s *world.Session) {
				behaving(s, sandbox.CancelledAtWallet)
				s.PayKey, s.Payment, s.Paid = newKey(), "", ""
			}},
		{name: "pay with another key", body: world.Checkout, payment: world.OfCheckout, ask: pay, reached: isPaid, always: noFault,
			prepare: func(s *world.Session) { onItsWay(s); s.PayKey = newKey() }},
		{name: "delete with a payment in flight", body: world.Allowance, prepare: func(s *world.Session) { lostAnswer(s, true) },
			ask: func(s *world.Session) { s.Delete() }, reached: isRevokedInTheEnd, always: noFault},
	}
	for i := range all {
		all[i].pays = true
	}
	return all
}

// wantPayment lets the app of an operation want its payment.
func (op operation) wantPayment(s *world.Session) {
	if !op.pays {
		return
	}
	s.Pays, s.PayKey, s.PayWait = op.payment, newKey(), 3
	if s.Pays == "" {
		s.Pays = s.ToShop()
	}
}

// lostAnswer leaves a payment of which nobody knows here what became. made: the wallet
// has it.
func lostAnswer(s *world.Session, made bool) {
	granted(s)
	s.Wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: made, Drop: true})
	for _, op := range []sandbox.Op{sandbox.OpReadOutgoingPayment, sandbox.OpReadIncomingPayment, sandbox.OpListOutgoingPayments} {
		s.Wallet.Fail(op, sandbox.Fault{Status: 500, Times: 99})
	}
	s.Pay()
	s.Heal()
	if s.Payment == "" || s.Paid != "processing" {
		panic("the payment is " + s.Paid)
	}
}

// behaving leaves a payment of a wallet that behaves so.
func behaving(s *world.Session, kind sandbox.BehaviorKind) {
	granted(s)
	if err := s.Wallet.Behave(s.User, sandbox.Behavior{Kind: kind, Times: 1, Delay: 30 * time.Second}); err != nil {
		panic(err)
	}
	s.Pay()
}

// onItsWay leaves a payment that its wallet sends slowly.
func onItsWay(s *world.Session) {
	behaving(s, sandbox.Slow)
	if s.Payment == "" || s.Paid != "pending" {
		panic("the payment is " + s.Paid)
	}
}

func isPartial(s *world.Session) string { return paymentIs(s, "partial", "") }

// payNothing asks for a payment that must not be made.
func payNothing(s *world.Session) {
	a := s.Pay()
	if n := len(s.Wallet.AllOutgoingPayments()); n > 0 || a.Status == 201 {
		s.Brokenf("rule 13: %d payments were made, and the answer is %s", n, a)
	}
}

func anyEnd(*world.Session) string { return "" }

func isPaid(s *world.Session) string { return paymentIs(s, "completed", "") }

func isNotMade(s *world.Session) string { return paymentIs(s, "failed", "not_made") }

func paymentIs(s *world.Session, status, code string) string {
	s.CarryOn()
	a := s.ReadPayment("")
	if a.Text("status") != status || a.FailureCode() != code {
		return fmt.Sprintf("the payment is not %s %s: %s", status, code, a)
	}
	return ""
}

func isRevokedInTheEnd(s *world.Session) string {
	s.Touch()
	for range 40 {
		a := s.Delete()
		if a.Status == 204 {
			break
		}
		s.Move(a.Wait)
	}
	return status(s, "revoked")
}

// callers are those who come in the middle of an operation.
func (op operation) callers() []caller {
	if op.pays {
		return payers
	}
	return callers
}

var payers = []caller{
	{"delete", func(s *world.Session) {
		if s.ID != "" {
			s.Delete()
		}
	}},
	{"same-key", func(s *world.Session) {
		if s.Code != "" {
			s.Pay()
		}
	}},
	{"another-key", func(s *world.Session) {
		if s.Code != "" {
			s.PayWith(s.PayKey + "-other")
		}
	}},
	{"same-key-takes-over", func(s *world.Session) {
		if s.Code != "" {
			s.Move(world.Lease)
			s.Pay()
		}
	}},
	{"schedule", func(s *world.Session) {
		if s.ID != "" {
			s.Keep(s.ID)
			s.LetFollow()
		}
	}},
	{"schedule-after-the-lease", func(s *world.Session) {
		if s.ID != "" {
			s.Move(world.Lease)
			s.Keep(s.ID)
			s.LetFollow()
		}
	}},
	{"worker-beside-a-read", func(s *world.Session) {
		other := *s
		s.Together(s.LetFollow, func() { other.ReadPayment("") }, func() { other.Get() })
	}},
	{"rotation", func(s *world.Session) {
		if s.Code != "" {
			other := *s
			if other.GetToken(); other.Token != "" {
				other.RefuseToken()
			}
		}
	}},
	{"expiry-of-the-quote", func(s *world.Session) { s.Move(6 * time.Minute) }},
	{"expiry-of-the-token", func(s *world.Session) { s.Move(61 * time.Minute) }},
}
