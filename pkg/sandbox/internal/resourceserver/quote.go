package resourceserver

import (
	"math/big"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/random"
)

// A quote is what a payment costs, for a limited time. Server.mu guards it.
type quote struct {
	ID            string    `json:"id"`
	WalletAddress string    `json:"walletAddress"`
	ReceiveAmount Amount    `json:"receiveAmount"`
	DebitAmount   Amount    `json:"debitAmount"`
	Receiver      string    `json:"receiver"`
	ExpiresAt     time.Time `json:"expiresAt"`
	CreatedAt     time.Time `json:"createdAt"`
	Method        string    `json:"method"`

	id      string
	client  string // who asked; "" for one that a payment made for itself
	account *account
	sent    uint64 // of the debitAmount, without the fee
	paid    bool   // an outgoing payment was made from it
}

// createQuote answers POST /quotes.
func (s *Server) createQuote(q *resourceRequest) (any, *message.Refusal) {
	o, walletAddress, f := parseResource(q.body, "receiver", "method", "debitAmount", "receiveAmount")
	if f != nil {
		return nil, f
	}
	receiver, f := uriMember(o, "receiver")
	if f != nil {
		return nil, f
	}
	if method, _ := o.Text("method"); method != "ilp" || !access.ReceiverPattern.MatchString(receiver) || o["debitAmount"] != nil && o["receiveAmount"] != nil {
		return nil, message.InvalidResource("body must match exactly one schema in oneOf") // says nothing of what
	}
	debit, f := amountMember(o, "debitAmount")
	if f != nil {
		return nil, f
	}
	receive, f := amountMember(o, "receiveAmount")
	if f != nil {
		return nil, f
	}
	if f := s.authorize(q, "quote", "create", walletAddress); f != nil {
		return nil, f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, f := s.subresource(walletAddress)
	if f != nil {
		return nil, f
	}
	made, f := s.newQuote(a, receiver, debit, receive)
	if f != nil {
		return nil, f
	}
	made.client = q.client.Name()
	s.keepQuote(made)
	return *made, nil
}

// keepQuote remembers it. The caller holds s.mu.
func (s *Server) keepQuote(q *quote) {
	s.quotes[q.id] = q
	s.oldestQuotes = remember(s.oldestQuotes, q, func(old *quote) { delete(s.quotes, old.id) })
}

// newQuote is for a payment of which debit leaves the payer, or receive arrives,
// or else all that the receiver asks for. The caller holds s.mu.
func (s *Server) newQuote(a *account, receiver string, debit, receive *Amount) (*quote, *message.Refusal) {
	invalidAmount := func(hint string) (*quote, *message.Refusal) {
		return nil, message.ResourceError(http.StatusBadRequest, "invalid amount", hint)
	}
	if debit != nil && (debit.Value == 0 || debit.asset() != a.asset) {
		return invalidAmount("debitAmount must be positive and in the asset of the wallet address")
	}
	if receive != nil && receive.Value == 0 {
		return invalidAmount("receiveAmount must be positive")
	}
	to := s.receiver(receiver)
	if to == nil {
		return nil, message.ResourceError(http.StatusBadRequest, "invalid receiver", "it is no incoming payment of this server, or it is completed or has expired")
	}
	remaining, isLimited := to.remaining()
	switch {
	case receive != nil && receive.asset() != to.account.asset:
		return invalidAmount("receiveAmount must be in the asset of the receiver")
	case receive != nil && isLimited && receive.Value > remaining:
		return invalidAmount("receiveAmount is more than the receiver still takes")
	case receive == nil && debit == nil && !isLimited:
		return invalidAmount("the receiver has no incomingAmount: give debitAmount or receiveAmount")
	}
	now := s.now()
	made := &quote{Receiver: receiver, WalletAddress: a.address, Method: "ilp", CreatedAt: now, ExpiresAt: now.Add(s.config.QuoteLife), id: random.UUID(), account: a}
	made.ID = s.resourceURL(quotesPath, made.id)
	if to.ExpiresAt.Before(made.ExpiresAt) {
		made.ExpiresAt = to.ExpiresAt
	}
	switch {
	case debit != nil:
		f := s.fixSend(made, to, debit.Value)
		return made, f
	case receive != nil:
		remaining = receive.Value
	}
	return made, s.fixReceive(made, to, remaining)
}

// fixSend sets the amounts of a quote of which debit leaves the payer.
func (s *Server) fixSend(q *quote, to *incomingPayment, debit uint64) *message.Refusal {
	sent, arrives, err := s.config.fixedSend(debit, q.account.asset, to.account.asset)
	if err != nil {
		return message.PlainText(http.StatusInternalServerError, err.Error())
	}
	if arrives.Sign() <= 0 {
		return message.ResourceError(http.StatusBadRequest, "non-positive receive amount", "debitAmount does not cover the fee and one smallest unit of the receiver's asset")
	}
	if remaining, isLimited := to.remaining(); isLimited && arrives.Cmp(new(big.Int).SetUint64(remaining)) > 0 {
		return message.ResourceError(http.StatusBadRequest, "invalid amount", "more would arrive than the receiver still takes")
	}
	return q.set(to, sent, new(big.Int).SetUint64(debit), arrives)
}

// fixReceive sets the amounts of a quote of which receive arrives.
func (s *Server) fixReceive(q *quote, to *incomingPayment, receive uint64) *message.Refusal {
	sent, fee, err := s.config.fixedReceive(receive, q.account.asset, to.account.asset)
	if err != nil {
		return message.PlainText(http.StatusInternalServerError, err.Error())
	}
	return q.set(to, sent, fee.Add(fee, sent), new(big.Int).SetUint64(receive))
}

func (q *quote) set(to *incomingPayment, sent, debit, receive *big.Int) *message.Refusal {
	for _, n := range []*big.Int{sent, debit, receive} {
		if !n.IsUint64() {
			return message.ResourceError(http.StatusBadRequest, "invalid amount", "an amount would be larger than 2^64-1")
		}
	}
	q.sent = sent.Uint64()
	q.DebitAmount, q.ReceiveAmount = q.account.asset.amount(debit.Uint64()), to.account.asset.amount(receive.Uint64())
	return nil
}

// readQuote answers GET /quotes/{id}.
func (s *Server) readQuote(q *resourceRequest) (any, *message.Refusal) {
	s.mu.Lock()
	made := s.quotes[q.id]
	s.mu.Unlock()
	if made == nil {
		return nil, unknownResource("quote")
	}
	if f := s.authorize(q, "quote", "read", made.WalletAddress); f != nil {
		return nil, f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !q.all && made.client != q.client.Name() {
		return nil, message.ResourceError(http.StatusNotFound, "Quote does not exist", "another client asked for it, and the grant has not the action read-all")
	}
	return *made, nil
}
