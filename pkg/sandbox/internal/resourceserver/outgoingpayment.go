package resourceserver

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/interval"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/random"
)

// An OutgoingPayment is a payment out of a wallet, as the wallet describes it.
type OutgoingPayment struct {
	ID            string          `json:"id"` // a URL
	WalletAddress string          `json:"walletAddress"`
	Client        string          `json:"-"` // who made it: a wallet address
	QuoteID       string          `json:"quoteId"`
	ReceiveAmount Amount          `json:"receiveAmount"`
	DebitAmount   Amount          `json:"debitAmount"`
	SentAmount    Amount          `json:"sentAmount"`
	Receiver      string          `json:"receiver"`
	Failed        bool            `json:"failed"`
	Metadata      json.RawMessage `json:"metadata,omitempty"`
	CreatedAt     time.Time       `json:"createdAt"`
}

type outgoingPayment struct {
	OutgoingPayment
	id    string // that of its quote
	quote *quote
	// item is the grant's access item that it counts to, in this window.
	item   *access.Item
	window interval.Window
}

type outgoingPaymentWithSpentAmounts struct {
	OutgoingPayment
	GrantSpentReceiveAmount Amount `json:"grantSpentReceiveAmount"`
	GrantSpentDebitAmount   Amount `json:"grantSpentDebitAmount"`
}

// A paymentOrder is what a client asks to pay: a quote, or an incoming payment and
// the amount that leaves the payer.
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
	if f := checkStorable(order.metadata, order.debit); f != nil {
		return nil, f
	}
	s.lock()
	defer s.mu.Unlock()
	a, f := s.subresource(order.walletAddress)
	if f != nil {
		return nil, f
	}
	s.delayPayment(a)
	if a.does(LockedGrant) {
		return nil, message.PlainText(http.StatusInternalServerError, "a test locked the grant")
	}
	from, f := s.quoteOf(a, order)
	if f != nil {
		return nil, f
	}
	before, f := s.permit(q.access, from, s.now())
	if f != nil {
		return nil, f
	}
	from.paid = true
	if b := a.use(PaymentLate); b != nil {
		s.makeLate(q, from, before, order.metadata, b.Delay)
		return nil, message.Abort("a test asked for a payment that appears late")
	}
	p := s.makePayment(q.client.Name(), q.access, from, before, order.metadata, s.now())
	answer := outgoingPaymentWithSpentAmounts{p.OutgoingPayment, from.ReceiveAmount.asset().amount(0), a.asset.amount(0)}
	if before.isLimited {
		answer.GrantSpentReceiveAmount.Value, answer.GrantSpentDebitAmount.Value = toUint64(before.receive), toUint64(before.debit)
	}
	if a.does(AnswerLost) {
		return nil, message.Abort("a test asked for a lost answer")
	}
	return answer, nil
}

// delayPayment waits between the check of the token and the payment. The server goes
// on if the client leaves. The caller holds s.mu, which delayPayment gives up
// meanwhile.
func (s *Server) delayPayment(a *account) {
	b := a.use(PaymentDelayed)
	if b == nil {
		return
	}
	s.mu.Unlock()
	if b.Run != nil {
		b.Run()
	}
	_ = s.calls.Sleep(context.Background(), b.Delay)
	s.lock()
}

// makeLate makes the payment only when its quote has expired, and a second or delay
// more has passed.
func (s *Server) makeLate(q *resourceRequest, from *quote, before *spent, metadata json.RawMessage, delay time.Duration) {
	if delay == 0 {
		delay = time.Second
	}
	client, item := q.client.Name(), q.access
	s.schedule(from.ExpiresAt.Add(delay), func(now time.Time) {
		from.late = true
		s.makePayment(client, item, from, before, metadata, now)
	})
}

// quoteOf returns the quote to pay, or makes it. A quote pays once: the payment has its
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
	id := trimmed[strings.LastIndexByte(trimmed, '/')+1:]
	q := s.quotes[id]
	switch {
	case !random.IsUUID(id):
		return nil, malformedID()
	case q == nil:
		return nil, message.ResourceError(http.StatusNotFound, "unknown quote", "")
	}
	if hint := s.whyInvalid(q, a); hint != "" {
		return nil, message.ResourceError(http.StatusBadRequest, "invalid quote", hint)
	}
	return q, nil
}

// whyInvalid returns the reason why a quote cannot be paid, "" if it can.
func (s *Server) whyInvalid(q *quote, a *account) string {
	now := s.now()
	to := s.receiver(q.Receiver, now)
	switch {
	case q.paid:
		return "an outgoing payment was made from it before"
	case q.account != a:
		return "it is of another wallet address"
	case !q.ExpiresAt.After(now):
		return "it has expired"
	case a.does(InvalidQuote):
		return "a test asked for that"
	case to == nil:
		return "its receiver is completed or has expired"
	case to.account.does(ReceiverDown):
		return "the server of its receiver cannot be reached"
	case to.account.does(ReceiverPaid):
		s.depositRest(now, to)
		return "somebody else has paid its receiver"
	}
	return ""
}

// makePayment makes a payment that the grant permits, and schedules the sending. The
// caller holds s.mu.
func (s *Server) makePayment(client string, item *access.Item, from *quote, before *spent, metadata json.RawMessage, now time.Time) *outgoingPayment {
	p := &outgoingPayment{id: from.id, quote: from, item: item, window: before.window, OutgoingPayment: OutgoingPayment{
		ID: s.resourceURL(outgoingPaymentsPath, from.id), WalletAddress: from.account.address, Client: client, QuoteID: from.ID,
		Receiver: from.Receiver, ReceiveAmount: from.ReceiveAmount, DebitAmount: from.DebitAmount,
		SentAmount: from.account.asset.amount(0), Metadata: metadata, CreatedAt: now,
	}}
	s.outgoing[p.id] = p
	from.account.outgoing = remember(from.account.outgoing, p, func(old *outgoingPayment) { delete(s.outgoing, old.id) })
	s.keepSpent(item, s.spentIn(item, before.window, from).and(from))
	s.schedule(now.Add(s.config.SendTime), func(now time.Time) { s.send(p, now) })
	return p
}

// readOutgoingPayment answers GET /outgoing-payments/{id}.
func (s *Server) readOutgoingPayment(q *resourceRequest) (any, *message.Refusal) {
	s.lock()
	p := s.outgoing[q.id]
	s.mu.Unlock()
	switch {
	case !random.IsUUID(q.id):
		return nil, malformedID()
	case p == nil:
		return nil, unknownResource("outgoing payment")
	}
	if f := s.authorize(q, "outgoing-payment", "read", p.WalletAddress); f != nil {
		return nil, f
	}
	s.lock()
	defer s.mu.Unlock()
	if !q.all && p.Client != q.client.Name() {
		return nil, message.ResourceError(http.StatusNotFound, "Outgoing payment does not exist", "another client made it, and the grant has not the action read-all")
	}
	return p.OutgoingPayment, nil
}
