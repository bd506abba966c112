package resourceserver

import (
	"math"
	"math/big"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/interval"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// A spent is what was paid with an access item in a window of time.
type spent struct {
	window         interval.Window
	isLimited      bool // by an amount
	debit, receive *big.Int
	debitAsset     asset // of the last payment
	receiveAsset   asset
}

// spentIn returns what was paid in a window: nothing if the window has just begun. The
// caller holds s.mu.
func (s *Server) spentIn(a *access.Item, in interval.Window, q *quote) *spent {
	b := &spent{window: in, debit: new(big.Int), receive: new(big.Int), debitAsset: q.account.asset, receiveAsset: q.ReceiveAmount.asset()}
	if old := s.spent[a]; old != nil && old.window == in {
		b.debit, b.receive = old.debit, old.receive
	}
	return b
}

// and returns the sum with a payment.
func (b *spent) and(q *quote) *spent {
	after := *b
	after.debit = new(big.Int).Add(b.debit, new(big.Int).SetUint64(q.DebitAmount.Value))
	after.receive = new(big.Int).Add(b.receive, new(big.Int).SetUint64(q.ReceiveAmount.Value))
	return &after
}

// keepSpent keeps what was spent of an access item. The caller holds s.mu.
func (s *Server) keepSpent(a *access.Item, b *spent) {
	if s.spent[a] == nil {
		s.oldestSpent = remember(s.oldestSpent, a, func(old *access.Item) { delete(s.spent, old) })
	}
	s.spent[a] = b
}

// restoreSpent gives the amounts of a failed payment back to the grant's limit, unless
// another window has begun. The caller holds s.mu.
func (s *Server) restoreSpent(p *outgoingPayment) {
	b := s.spent[p.item]
	if b == nil || b.window != p.window {
		return
	}
	after := *b
	after.debit = new(big.Int).Sub(b.debit, new(big.Int).SetUint64(p.DebitAmount.Value))
	after.receive = new(big.Int).Sub(b.receive, new(big.Int).SetUint64(p.ReceiveAmount.Value))
	s.spent[p.item] = &after
}

// spentAmounts are null before the first payment.
type spentAmounts struct {
	SpentReceiveAmount *Amount `json:"spentReceiveAmount"`
	SpentDebitAmount   *Amount `json:"spentDebitAmount"`
}

// readSpentAmounts answers GET /outgoing-payment-grant, for the interval of now.
func (s *Server) readSpentAmounts(q *resourceRequest) (any, *message.Refusal) {
	if f := s.authorize(q, "outgoing-payment", "create", ""); f != nil {
		return nil, f
	}
	s.lock()
	defer s.mu.Unlock()
	in, ok, f := windowOf(q.access, s.now())
	b := s.spent[q.access]
	if f != nil || !ok || b == nil {
		return spentAmounts{}, nil
	}
	debit, receive := b.debitAsset.amount(0), b.receiveAsset.amount(0)
	if b.window == in {
		debit.Value, receive.Value = toUint64(b.debit), toUint64(b.receive)
	}
	return spentAmounts{SpentReceiveAmount: &receive, SpentDebitAmount: &debit}, nil
}

// toUint64 returns the largest uint64 for a number that is larger. Only a grant without
// a limit gets there.
func toUint64(n *big.Int) uint64 {
	if !n.IsUint64() {
		return math.MaxUint64
	}
	return n.Uint64()
}
