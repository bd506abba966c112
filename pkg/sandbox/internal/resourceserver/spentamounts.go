package resourceserver

import (
	"math"
	"math/big"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

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
	s.mu.Lock()
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

// toUint64 is the largest for what is larger: only an unlimited grant gets there.
func toUint64(n *big.Int) uint64 {
	if !n.IsUint64() {
		return math.MaxUint64
	}
	return n.Uint64()
}
