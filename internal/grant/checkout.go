package grant

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// A CheckoutRequest is the member payment of POST /grants: what the user is asked
// to pay, and to whom. It has DebitAmount or ReceiveAmount.
type CheckoutRequest struct {
	To             string         `json:"to" text:"required"` // a wallet address
	DebitAmount    *AmountRequest `json:"debitAmount"`
	ReceiveAmount  *AmountRequest `json:"receiveAmount"`
	MaxDebitAmount *AmountRequest `json:"maxDebitAmount"` // the most that may be debited; nil: what the quote says
	Description    string         `json:"description"`
	Metadata       map[string]any `json:"metadata"` // its numbers are json.Number
}

// A Checkout is the one payment that a grant was asked for. The grant's limits are
// its Limit, to its Receiver.
type Checkout struct {
	To       string  `json:"to"`           // as it was asked for
	Payee    string  `json:"pe"`           // the wallet address that To led to
	Receiver string  `json:"rc"`           // the incoming payment that was made there
	Expires  Instant `json:"re,omitempty"` // of the receiver; 0: unknown
	Quote    Quote   `json:"q"`            // the first one
	Fixed    string  `json:"fx"`           // which amount was asked for: FixedDebit or FixedReceive
	// Limit is the most that may be debited: what the user consented to.
	Limit opclient.Amount `json:"li"`
	// Metadata goes into the sender's payment; it is dropped once that is made.
	Metadata string `json:"md,omitempty"` // a JSON object; "": none
	// Payment is the id of the payment that was last made from this grant, or was
	// about to be; "": none.
	Payment string `json:"p,omitempty"`
}

// Which amount of a payment was asked for. The other one is the quote's.
const (
	FixedDebit   = "d"
	FixedReceive = "r"
	FixedNone    = "" // neither: the receiver's incoming payment names it
)

// A Quote is what the service keeps of an [opclient.Quote].
type Quote struct {
	ID      string          `json:"i"` // a URL
	Debit   opclient.Amount `json:"d"`
	Receive opclient.Amount `json:"r"`
	Created Instant         `json:"c,omitempty"`
	Expires Instant         `json:"e,omitempty"` // 0: the wallet does not say
}

// A CheckoutMaker prepares the payment that a grant is asked for. Package payment
// has one.
type CheckoutMaker interface {
	// PrepareCheckout makes an incoming payment, which expires an hour after
	// consentBy, and gets a quote for it from the sender's wallet. No money moves.
	// Its errors are [*Error]s.
	PrepareCheckout(ctx context.Context, sender *opclient.WalletAddress, r CheckoutRequest, consentBy time.Time) (*Checkout, error)
}

// A PaymentView is what a checkout shows of its payment.
type PaymentView struct {
	To            string          `json:"to"`
	Receiver      string          `json:"receiver"`
	DebitAmount   opclient.Amount `json:"debitAmount"`   // what the user will pay
	ReceiveAmount opclient.Amount `json:"receiveAmount"` // what arrives
	// MaxDebitAmount is what the user is asked to allow.
	MaxDebitAmount opclient.Amount `json:"maxDebitAmount"`
	ID             string          `json:"id,omitempty"` // of the payment, once it was asked for
}

// A Flight is a payment that may have been sent and whose outcome is not known yet.
// A grant has one at most.
type Flight struct {
	Payment string  `json:"p"` // its id
	Quote   string  `json:"q"` // its quote's id
	Lease   string  `json:"l"` // id of the payment's lease under which it was sent
	Until   Instant `json:"u"` // after this the grant is cancelled, if it is ending
}

// keepAsked keeps the receiver that the app asked the user to consent to, before
// Access becomes what the server answered. It is short, so that an item with it still
// fits into 1 KB.
func (it *Item) keepAsked() {
	for _, a := range it.Access {
		if a.Limits != nil && a.Limits.Receiver != "" {
			it.AskedReceiver = receiverHash(a.Limits.Receiver)
		}
	}
}

func receiverHash(receiver string) []byte {
	h := sha256.Sum256([]byte(receiver))
	return h[:16]
}

// AskedFor reports whether the app asked the user to consent to payments to this
// receiver, an incoming payment.
func (it *Item) AskedFor(receiver string) bool {
	return receiver != "" && subtle.ConstantTimeCompare(it.AskedReceiver, receiverHash(receiver)) == 1
}

// checkout prepares the payment that is asked for, if one is.
func (s *Service) checkout(ctx context.Context, sender *opclient.WalletAddress, r Request) (*Checkout, error) {
	if r.Payment == nil {
		return nil, nil
	}
	if s.Checkouts == nil {
		return nil, errors.New("grant: Service.Checkouts is nil")
	}
	return s.Checkouts.PrepareCheckout(ctx, sender, *r.Payment, s.now().Add(consentTime))
}

// view is the checkout as its owner sees it.
func (c *Checkout) view() *PaymentView {
	if c == nil {
		return nil
	}
	return &PaymentView{To: c.To, Receiver: c.Receiver, DebitAmount: c.Quote.Debit, ReceiveAmount: c.Quote.Receive,
		MaxDebitAmount: c.Limit, ID: c.Payment}
}
