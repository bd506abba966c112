package payment

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/save"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Wallet is what a payment needs of the wallets' servers: an [opclient.Client], for
// example. Each call must end with its context, and may take [grant.OperationTime].
// CreateOutgoingPayment must send one request at most.
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

// A Service runs the lives of payments. Set its exported fields once, before its first
// use.
type Service struct {
	Store  Store
	Lists  grant.Lister // of the payments
	Grants *grant.Service
	Wallet Wallet

	// WalletAddress is the service's own: payments to it are always allowed, and a
	// checkout without a payee is paid to it.
	WalletAddress string
	// OwnAddress returns it, if it is known only with the signing key. nil: it is
	// WalletAddress.
	OwnAddress func(ctx context.Context) (string, error)
	// Payees are the wallet addresses that payments may go to, or "*" for any. Empty:
	// only the own one, and where the user consented to.
	Payees []string

	Log    *slog.Logger                                            // nil: none
	Count  func(ctx context.Context, m Metric, code string, n int) // n: how often; nil: no counts
	Now    func() time.Time                                        // nil: time.Now
	Sleep  func(ctx context.Context, d time.Duration) error        // nil: a timer
	Random io.Reader                                               // nil: crypto/rand
	Lease  time.Duration                                           // longer than [grant.OperationTime] in production; 0: 60 s

	tokens tokens
}

var _ grant.CheckoutMaker = (*Service)(nil)

const defaultLease = time.Minute

func (s *Service) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// onClock is the deadline of a context by the service's clock. They differ only where a
// test has moved that.
func (s *Service) onClock(deadline time.Time) time.Time {
	return s.now().Add(time.Until(deadline))
}

func (s *Service) sleep(ctx context.Context, d time.Duration) error {
	if s.Sleep != nil {
		return s.Sleep(ctx, d)
	}
	return save.Sleep(ctx, d)
}

func (s *Service) log() *slog.Logger {
	if s.Log != nil {
		return s.Log
	}
	return slog.New(slog.DiscardHandler)
}

// newLease returns a lease for whoever works on a payment from now on.
func (s *Service) newLease() *grant.Lease {
	length := s.Lease
	if length == 0 {
		length = defaultLease
	}
	b := make([]byte, 9)
	source := s.Random
	if source == nil {
		source = rand.Reader
	}
	if _, err := io.ReadFull(source, b); err != nil {
		panic("payment: no randomness: " + err.Error())
	}
	return &grant.Lease{ID: base64.RawURLEncoding.EncodeToString(b), Until: grant.At(s.now().Add(length))}
}
