package resourceserver

import (
	"cmp"
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
	paid    bool   // an outgoing payment was, or will be, made from it
	late    bool   // the payment is sent although the quote has expired
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
		return nil, message.InvalidResource("body must match exactly one schema in oneOf") // does not mention which member
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
	if f := checkStorable(nil, debit, receive); f != nil {
		return nil, f
	}
	s.lock()
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
	s.falsify(made)
	s.keepQuote(made)
	return *made, nil
}

// falsify makes a quote for something else than the client asked for, as the payer's
// wallet behaves. The caller holds s.mu.
func (s *Server) falsify(q *quote) {
	if b := q.account.use(QuoteOtherReceiver); b != nil {
		q.Receiver = cmp.Or(b.URL, s.ownReceiver(q))
	}
	if b := q.account.use(QuoteOtherWallet); b != nil {
		q.WalletAddress = cmp.Or(b.URL, s.config.Wallets+"/somebody-else")
	}
	if q.account.does(QuoteOtherAmount) {
		q.ReceiveAmount.Value = (q.ReceiveAmount.Value + 1) / 2
		q.DebitAmount.Value *= 2
	}
	if q.account.does(QuoteOtherAsset) {
		q.ReceiveAmount.AssetCode = "XTS" // ISO 4217 has it for tests
	}
}

// ownReceiver makes an incoming payment at the payer's own wallet, and returns its URL.
func (s *Server) ownReceiver(q *quote) string {
	p, f := s.newIncomingPayment(q.account, nil, time.Time{})
	if f != nil {
		return q.Receiver
	}
	s.keepIncomingPayment(p)
	return p.ID
}

// keepQuote adds a quote. The caller holds s.mu.
func (s *Server) keepQuote(q *quote) {
	s.quotes[q.id] = q
	s.oldestQuotes = remember(s.oldestQuotes, q, func(old *quote) { delete(s.quotes, old.id) })
}

// newQuote returns a quote for a payment of which debit leaves the payer, or receive
// arrives, or else all that the receiver asks for. The caller holds s.mu.
func (s *Server) newQuote(a *account, receiver string, debit, receive *Amount) (*quote, *message.Refusal) {
	now := s.now()
	to := s.receiver(receiver, now)
	if f := checkQuoteAmounts(a, to, debit, receive); f != nil {
		return nil, f
	}
	made := &quote{Receiver: receiver, WalletAddress: a.address, Method: "ilp", CreatedAt: now, ExpiresAt: now.Add(s.config.QuoteLife), id: random.UUID(), account: a}
	made.ID = s.resourceURL(quotesPath, made.id)
	if to.ExpiresAt.Before(made.ExpiresAt) {
		made.ExpiresAt = to.ExpiresAt
	}
	c, err := s.costOf(a, to.account.asset)
	if err != nil {
		return nil, message.PlainText(http.StatusInternalServerError, err.Error())
	}
	switch {
	case debit != nil:
		return made, made.fixSend(c, to, debit.Value)
	case receive != nil:
		return made, made.fixReceive(c, to, receive.Value)
	}
	remaining, _ := to.remaining()
	return made, made.fixReceive(c, to, remaining)
}

// checkQuoteAmounts refuses amounts that the receiver does not take. to is nil if
// there is no receiver that can be paid.
func checkQuoteAmounts(a *account, to *incomingPayment, debit, receive *Amount) *message.Refusal {
	invalidAmount := func(hint string) *message.Refusal {
		return message.ResourceError(http.StatusBadRequest, "invalid amount", hint)
	}
	switch {
	case debit != nil && (debit.Value == 0 || debit.asset() != a.asset):
		return invalidAmount("debitAmount must be positive and in the asset of the wallet address")
	case receive != nil && receive.Value == 0:
		return invalidAmount("receiveAmount must be positive")
	case to == nil || to.account.does(ReceiverDown):
		return message.ResourceError(http.StatusBadRequest, "invalid receiver", "it is no incoming payment of this server, it is completed or has expired, or its server cannot be reached")
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
	return nil
}

// fixSend sets the amounts of a quote of which debit leaves the payer.
func (q *quote) fixSend(c *cost, to *incomingPayment, debit uint64) *message.Refusal {
	sent, arrives := c.fixedSend(debit)
	if arrives.Sign() <= 0 {
		f := message.ResourceError(http.StatusBadRequest, "non-positive receive amount", "debitAmount does not cover the fee and one smallest unit of the receiver's asset")
		if _, least := c.fixedReceive(1); least.IsUint64() {
			f.Details = map[string]any{"minSendAmount": q.account.asset.amount(least.Uint64())}
		}
		return f
	}
	if remaining, isLimited := to.remaining(); isLimited && arrives.Cmp(new(big.Int).SetUint64(remaining)) > 0 {
		return message.ResourceError(http.StatusBadRequest, "invalid amount", "more would arrive than the receiver still takes")
	}
	return q.set(to, sent, new(big.Int).SetUint64(debit), arrives)
}

// fixReceive sets the amounts of a quote of which receive arrives.
func (q *quote) fixReceive(c *cost, to *incomingPayment, receive uint64) *message.Refusal {
	sent, debit := c.fixedReceive(receive)
	return q.set(to, sent, debit, new(big.Int).SetUint64(receive))
}

func (q *quote) set(to *incomingPayment, sent, debit, receive *big.Int) *message.Refusal {
	for _, n := range []*big.Int{sent, debit, receive} {
		if !n.IsInt64() {
			return message.PlainText(http.StatusInternalServerError, "an amount would be 2^63 or more")
		}
	}
	q.sent = sent.Uint64()
	q.DebitAmount, q.ReceiveAmount = q.account.asset.amount(debit.Uint64()), to.account.asset.amount(receive.Uint64())
	return nil
}

// readQuote answers GET /quotes/{id}.
func (s *Server) readQuote(q *resourceRequest) (any, *message.Refusal) {
	s.lock()
	made := s.quotes[q.id]
	s.mu.Unlock()
	switch {
	case !random.IsUUID(q.id):
		return nil, malformedID()
	case made == nil:
		return nil, unknownResource("quote")
	}
	if f := s.authorize(q, "quote", "read", made.account.address); f != nil {
		return nil, f
	}
	s.lock()
	defer s.mu.Unlock()
	if !q.all && made.client != q.client.Name() {
		return nil, message.ResourceError(http.StatusNotFound, "Quote does not exist", "another client asked for it, and the grant has not the action read-all")
	}
	return *made, nil
}
