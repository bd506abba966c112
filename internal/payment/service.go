// Package payment is the life of a payment.
package payment

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Wallet is what a payment needs of the wallets' servers: an [opclient.Client],
// for example. Each call must end with its context, and may take
// [grant.OperationTime]. CreateOutgoingPayment must send one request at most.
type Wallet interface {
	WalletAddress(ctx context.Context, url string) (*opclient.WalletAddress, error)
	RequestGrant(ctx context.Context, authServer string, r opclient.GrantRequest) (*opclient.Grant, error)
	CreateIncomingPayment(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret, r opclient.IncomingPaymentRequest) (*opclient.IncomingPayment, error)
	PublicIncomingPayment(ctx context.Context, id string) (*opclient.PublicIncomingPayment, error)
	IncomingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.IncomingPayment, error)
	CompleteIncomingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.IncomingPayment, error)
	CreateQuote(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret, r opclient.QuoteRequest) (*opclient.Quote, error)
	CreateOutgoingPayment(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret, r opclient.OutgoingPaymentRequest) (*opclient.OutgoingPayment, error)
	OutgoingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.OutgoingPayment, error)
	FindOutgoingPayment(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret, quote *opclient.Quote) (*opclient.OutgoingPayment, error)
}

var _ iter.Seq[int]

// A Service runs the lives of payments. Set its exported fields once, before its
// first use.
type Service struct {
	Store  Store
	Lists  grant.Lister // of the payments
	Grants *grant.Service
	Wallet Wallet

	// WalletAddress is the service's own: payments to it are always allowed.
	WalletAddress string
	// Payees are the wallet addresses that payments may go to, or "*" for any.
	// Empty: only the own one, and where the user consented to.
	Payees []string

	Log    *slog.Logger                                            // nil: none
	Count  func(ctx context.Context, m Metric, code string, n int) // n: how often; nil: no counts
	Now    func() time.Time                                        // nil: time.Now
	Sleep  func(ctx context.Context, d time.Duration) error        // nil: a timer
	Random io.Reader                                               // nil: crypto/rand
	Lease  time.Duration                                           // 0: 60 s
}

// A Metric is the name of something that is counted; the unit of each is Count.
type Metric string

var errNotBuilt = errors.New("payment: not built yet")

// Make makes a payment from a grant, once for an Idempotency-Key, and waits for
// its end: wait at most. replayed: the key had made it before, or it is another
// key's payment of the same checkout. A payment that has failed is returned with
// an [*grant.Error] whose code is [CodePaymentFailed]; every other error comes
// without a payment.
func (s *Service) Make(ctx context.Context, owner, grantID string, r Request, key string, wait time.Duration) (made *Resource, replayed bool, err error) {
	return nil, false, errNotBuilt
}

// Get returns a payment as it is now, after asking the wallets about one that is
// not final.
func (s *Service) Get(ctx context.Context, owner, grantID, id string) (*Resource, error) {
	return nil, errNotBuilt
}

// List returns the payments of a grant, newest first. cursor is a page's Next; "":
// the first page. It asks no wallet.
func (s *Service) List(ctx context.Context, owner, grantID, cursor string) (*Page, error) {
	return nil, errNotBuilt
}

// Follow asks the wallets about a payment that is due. It never sends one. It
// decides from the payment's state and not from its due time, so that it may be
// called late, early or twice.
func (s *Service) Follow(ctx context.Context, id string) Result {
	return Result{Cause: errNotBuilt}
}

// PrepareCheckout is [grant.CheckoutMaker]'s.
func (s *Service) PrepareCheckout(ctx context.Context, sender *opclient.WalletAddress, r grant.CheckoutRequest, consentBy time.Time) (*grant.Checkout, error) {
	return nil, errNotBuilt
}
