package resourceserver

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// An OutgoingPayment is a payment out of a wallet.
type OutgoingPayment struct {
	ID            string          `json:"id"` // a URL
	WalletAddress string          `json:"walletAddress"`
	Client        string          `json:"-"` // who made it: a wallet address
	QuoteID       string          `json:"quoteId"`
	ReceiveAmount Amount          `json:"receiveAmount"`
	DebitAmount   Amount          `json:"debitAmount"`
	SentAmount    Amount          `json:"sentAmount"` // of the debitAmount, without the fee; all or nothing
	Receiver      string          `json:"receiver"`
	Failed        bool            `json:"failed"` // no money moved
	Metadata      json.RawMessage `json:"metadata,omitempty"`
	CreatedAt     time.Time       `json:"createdAt"`
}

type outgoingPayment struct {
	OutgoingPayment
	id string // that of its quote
}

type outgoingPaymentWithSpentAmounts struct {
	OutgoingPayment
	GrantSpentReceiveAmount Amount `json:"grantSpentReceiveAmount"`
	GrantSpentDebitAmount   Amount `json:"grantSpentDebitAmount"`
}

// A paymentOrder is what a client asks to pay: a quote, or an incoming payment
// with what shall leave the payer.
type paymentOrder struct {
	walletAddress   string
	quoteID         string
	incomingPayment string
	debit           *Amount
	metadata        json.RawMessage
}

func parsePaymentOrder(b *message.Body) (*paymentOrder, *message.Refusal) {
	o, walletAddress, f := parseResource(b, "quoteId", "incomingPayment", "debitAmount", "metadata")
	if f != nil {
		return nil, f
	}
	p := &paymentOrder{walletAddress: walletAddress, metadata: o["metadata"]}
	fromQuote := o["quoteId"] != nil
	if fromQuote == (o["incomingPayment"] != nil) || fromQuote == (o["debitAmount"] != nil) {
		return nil, message.InvalidResource("body must match exactly one schema in oneOf")
	}
	if fromQuote {
		p.quoteID, f = uriMember(o, "quoteId")
		return p, f
	}
	if p.incomingPayment, f = uriMember(o, "incomingPayment"); f != nil {
		return nil, f
	}
	p.debit, f = amountMember(o, "debitAmount")
	return p, f
}

// createOutgoingPayment answers POST /outgoing-payments.
func (s *Server) createOutgoingPayment(q *resourceRequest) (any, *message.Refusal) {
	order, f := parsePaymentOrder(q.body)
	if f != nil {
		return nil, f
	}
	if f := s.authorize(q, "outgoing-payment", "create", order.walletAddress); f != nil {
		return nil, f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, f := s.subresource(order.walletAddress)
	if f != nil {
		return nil, f
	}
	from, f := s.quoteOf(a, order)
	if f != nil {
		return nil, f
	}
	before, f := s.permit(q.access, from, s.now())
	if f != nil {
		return nil, f
	}
	p := s.newOutgoingPayment(a, from, order.metadata)
	p.Client = q.client.Name()
	answer := outgoingPaymentWithSpentAmounts{p.OutgoingPayment, from.ReceiveAmount.asset().amount(0), a.asset.amount(0)}
	if before.isLimited {
		answer.GrantSpentReceiveAmount.Value, answer.GrantSpentDebitAmount.Value = toUint64(before.receive), toUint64(before.debit)
	}
	if p.Failed = !s.pay(from); !p.Failed {
		p.SentAmount.Value = from.sent
		s.keepSpent(q.access, before.and(from))
	} else if s.spent[q.access] == nil {
		s.keepSpent(q.access, before)
	}
	return answer, nil
}

// quoteOf finds the quote to pay, or makes it. One pays once: the payment has its
// id. The caller holds s.mu.
func (s *Server) quoteOf(a *account, order *paymentOrder) (*quote, *message.Refusal) {
	if order.quoteID == "" {
		q, f := s.newQuote(a, order.incomingPayment, order.debit, nil)
		if f == nil {
			s.keepQuote(q)
		}
		return q, f
	}
	trimmed := strings.TrimSuffix(order.quoteID, "/")
	q := s.quotes[trimmed[strings.LastIndexByte(trimmed, '/')+1:]]
	if q == nil {
		return nil, message.ResourceError(http.StatusNotFound, "unknown quote", "")
	}
	hint := ""
	switch {
	case q.paid:
		hint = "an outgoing payment was made from it before"
	case q.account != a:
		hint = "it is of another wallet address"
	case !q.ExpiresAt.After(s.now()):
		hint = "it has expired"
	case s.receiver(q.Receiver) == nil:
		hint = "its receiver is completed or has expired"
	default:
		return q, nil
	}
	return nil, message.ResourceError(http.StatusBadRequest, "invalid quote", hint)
}

// newOutgoingPayment remembers it; nothing is sent yet. The caller holds s.mu.
func (s *Server) newOutgoingPayment(a *account, from *quote, metadata json.RawMessage) *outgoingPayment {
	p := &outgoingPayment{id: from.id, OutgoingPayment: OutgoingPayment{
		ID: s.resourceURL(outgoingPaymentsPath, from.id), WalletAddress: a.address, QuoteID: from.ID, Receiver: from.Receiver,
		ReceiveAmount: from.ReceiveAmount, DebitAmount: from.DebitAmount, SentAmount: a.asset.amount(0),
		Metadata: metadata, CreatedAt: s.now(),
	}}
	from.paid = true
	s.outgoing[p.id] = p
	a.outgoing = remember(a.outgoing, p, func(old *outgoingPayment) { delete(s.outgoing, old.id) })
	return p
}

// pay moves the money at once, all of it or none. The caller holds s.mu.
func (s *Server) pay(q *quote) bool {
	to := s.receiver(q.Receiver)
	if to == nil || q.account.balance < q.DebitAmount.Value {
		return false
	}
	value := q.ReceiveAmount.Value
	if remaining, isLimited := to.remaining(); isLimited && value > remaining {
		return false
	}
	left := q.account.balance - q.DebitAmount.Value
	// The payer may be the receiver.
	q.account.balance = left
	if to.account.balance+value < value || to.ReceivedAmount.Value+value < value {
		q.account.balance = left + q.DebitAmount.Value
		return false // more than can be counted
	}
	to.account.balance += value
	to.ReceivedAmount.Value += value
	if remaining, isLimited := to.remaining(); isLimited && remaining == 0 {
		to.Completed = true
	}
	return true
}

// readOutgoingPayment answers GET /outgoing-payments/{id}.
func (s *Server) readOutgoingPayment(q *resourceRequest) (any, *message.Refusal) {
	s.mu.Lock()
	p := s.outgoing[q.id]
	s.mu.Unlock()
	if p == nil {
		return nil, unknownResource("outgoing payment")
	}
	if f := s.authorize(q, "outgoing-payment", "read", p.WalletAddress); f != nil {
		return nil, f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !q.all && p.Client != q.client.Name() {
		return nil, message.ResourceError(http.StatusNotFound, "Outgoing payment does not exist", "another client made it, and the grant has not the action read-all")
	}
	return p.OutgoingPayment, nil
}
