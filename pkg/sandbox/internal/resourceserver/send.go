package resourceserver

import (
	"encoding/json"
	"math/bits"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// slowSteps is in how many steps a slow payment sends.
const slowSteps = 10

// send sends the money of a payment, as the wallets of the payer and of the receiver
// behave. The caller holds s.mu.
func (s *Server) send(p *outgoingPayment, now time.Time) {
	from, to := p.quote.account, s.incomingByURL(p.Receiver)
	switch {
	case from.does(CancelledAtWallet):
		p.cancel()
		s.fail(p)
	case from.does(NothingSent):
	case from.does(NotFunded):
		s.schedule(p.quote.ExpiresAt, func(time.Time) { s.fail(p) })
	case from.balance < p.DebitAmount.Value, !p.quote.late && !p.quote.ExpiresAt.After(now):
		s.fail(p)
	case !s.isReceiving(to, now):
		// It stays as it is for good, and counts as spent.
	case !to.canHold(p.ReceiveAmount.Value):
		s.fail(p)
	default:
		s.sendAs(p, to, now)
	}
}

// isReceiving reports whether the receiver can be paid when the sending begins.
func (s *Server) isReceiving(to *incomingPayment, now time.Time) bool {
	if to == nil {
		return false
	}
	if to.account.does(ReceiverCompleted) {
		to.Completed = true
	}
	if to.account.does(ReceiverExpired) {
		to.ExpiresAt = now
	}
	return to.isActive(now) && !to.account.does(ReceiverDownSending)
}

// sendAs sends all of the money, or as much as the payer's wallet sends.
func (s *Server) sendAs(p *outgoingPayment, to *incomingPayment, now time.Time) {
	if to.account.does(ReceiverShared) {
		s.depositHalf(now, to)
	}
	from, all := p.quote.account, share{1, 1}
	switch {
	case from.does(ClaimsSent):
		p.SentAmount.Value = p.quote.sent
	case from.does(ClaimsFailed):
		s.move(p, to, all, 0, now)
		p.SentAmount.Value = 0
		s.fail(p)
	case from.does(PartlySent):
		s.move(p, to, share{1, 2}, 0, now)
	case to.canHold(p.ReceiveAmount.Value+1) && from.does(OneMore):
		s.move(p, to, all, 1, now)
	case s.sendCutOff(p, to, now), s.sendSlowly(p, to, now):
	default:
		s.move(p, to, all, 0, now)
	}
}

// sendCutOff sends two thirds, says that it was one, and fails when the quote expires.
// Failing gives all of the amount back to the grant's limit.
func (s *Server) sendCutOff(p *outgoingPayment, to *incomingPayment, now time.Time) bool {
	b := p.quote.account.use(CutOff)
	if b == nil {
		return false
	}
	s.move(p, to, share{2, 3}, 0, now)
	p.SentAmount.Value = share{1, 3}.of(p.quote.sent)
	end := p.quote.ExpiresAt
	if b.Delay > 0 {
		end = now.Add(b.Delay)
	}
	s.schedule(end, func(time.Time) { s.fail(p) })
	return true
}

// sendSlowly sends in steps.
func (s *Server) sendSlowly(p *outgoingPayment, to *incomingPayment, now time.Time) bool {
	b := p.quote.account.use(Slow)
	if b == nil {
		return false
	}
	if b.Delay == 0 {
		b.Delay = 3 * time.Second
	}
	for i := range uint64(slowSteps) {
		s.schedule(now.Add(b.Delay*time.Duration(i+1)/slowSteps), func(now time.Time) {
			if to.isActive(now) || to.Completed {
				s.moveStep(p, to, share{i, slowSteps}, share{i + 1, slowSteps}, now)
			}
		})
	}
	return true
}

// A share is a part of an amount.
type share struct{ part, whole uint64 }

func (x share) of(value uint64) uint64 {
	high, low := bits.Mul64(value, x.part)
	quotient, _ := bits.Div64(high, low, x.whole)
	return quotient
}

// move moves a share of the payment, and more smallest units on top.
func (s *Server) move(p *outgoingPayment, to *incomingPayment, part share, more uint64, now time.Time) {
	p.SentAmount.Value = part.of(p.quote.sent)
	arrive := part.of(p.ReceiveAmount.Value)
	// A receiver takes no more than it asks for, although the payer sends it.
	if remaining, isLimited := to.remaining(); isLimited {
		arrive = min(arrive, remaining)
	}
	s.transfer(now, p, to, part.of(p.DebitAmount.Value), arrive+more)
}

// moveStep moves what to has more than from.
func (s *Server) moveStep(p *outgoingPayment, receiver *incomingPayment, from, to share, now time.Time) {
	p.SentAmount.Value = to.of(p.quote.sent)
	arrive := to.of(p.ReceiveAmount.Value) - from.of(p.ReceiveAmount.Value)
	if remaining, isLimited := receiver.remaining(); isLimited {
		arrive = min(arrive, remaining)
	}
	debit := to.of(p.DebitAmount.Value) - from.of(p.DebitAmount.Value)
	s.transfer(now, p, receiver, min(debit, p.quote.account.balance), arrive)
}

// fail ends a payment as failed, and gives its amount back to the grant's limit.
func (s *Server) fail(p *outgoingPayment) {
	p.Failed = true
	s.restoreSpent(p)
}

// cancel adds the reason why the user's wallet cancelled to the metadata.
func (p *outgoingPayment) cancel() {
	o, ok := message.ParseObject(p.Metadata)
	if !ok {
		o = message.Object{}
	}
	o["cancellationReason"] = json.RawMessage(`"Cancelled at the wallet"`)
	p.Metadata, _ = json.Marshal(o) // it was JSON before
}

// depositHalf lets somebody else pay half of what the receiver asks for, or one
// smallest unit if it asks for any amount.
func (s *Server) depositHalf(now time.Time, to *incomingPayment) {
	if remaining, isLimited := to.remaining(); isLimited {
		s.record(now, Transfer{}, to, (remaining+1)/2)
	} else {
		s.record(now, Transfer{}, to, 1)
	}
}

// depositRest lets somebody else pay all that the receiver asks for.
func (s *Server) depositRest(now time.Time, to *incomingPayment) {
	if remaining, isLimited := to.remaining(); isLimited {
		s.record(now, Transfer{}, to, remaining)
	} else {
		to.Completed = true
	}
}
