package payment

import (
	"context"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/save"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// When what must have happened in a call that makes a payment, from its start. A
// caller whose context ends earlier gets all of this that much earlier: the wait is
// cut, never the save.
const (
	readyBy = 8 * time.Second  // the claim and the rotation have ended, or nothing is sent
	sendBy  = 17 * time.Second // the POST has started, or it is not sent
	sentBy  = 24 * time.Second // it has ended
	waitBy  = 25 * time.Second // the wait for the payment's end is over
	saveBy  = 27 * time.Second // the last write has ended

	saveTime = 2 * time.Second // one write, with its retries
	lookTime = 5 * time.Second // one question to a wallet, once the payment is sent

	// leastLeft is what must be left of the quote and of the lease when the POST
	// starts.
	leastLeft = 15 * time.Second
	// freshQuote is what must be left of a quote that is kept when a call prepares the
	// payment: leastLeft, and time to get there.
	freshQuote = leastLeft + 5*time.Second

	longestWait = 15 * time.Second
)

// A timetable has the deadlines of a call.
type timetable struct {
	end     time.Time // by the service's clock
	context time.Time // the same by that of contexts, which a test cannot move
}

// newTimetable ends with the context.
func (s *Service) newTimetable(ctx context.Context) timetable {
	end, _ := ctx.Deadline()
	return timetable{s.onClock(end), end}
}

// at is the time of a deadline.
func (t timetable) at(deadline time.Duration) time.Time {
	return t.end.Add(deadline - grant.OperationTime)
}

// until returns a context that ends at a deadline, whether or not the client is still
// there.
func (t timetable) until(ctx context.Context, deadline time.Duration) (context.Context, context.CancelFunc) {
	return context.WithDeadline(context.WithoutCancel(ctx), t.context.Add(deadline-grant.OperationTime))
}

func (s *Service) store() Store { return save.Bounded[Item](s.Store) }

// boundedWallet refuses a call without a deadline, and returns from each call when its
// time is over, whatever the server and the client for it do.
type boundedWallet struct{ next Wallet }

func (s *Service) wallet() boundedWallet { return boundedWallet{s.Wallet} }

func (b boundedWallet) WalletAddress(ctx context.Context, url string) (*opclient.WalletAddress, error) {
	return grant.Within(ctx, func() (*opclient.WalletAddress, error) { return b.next.WalletAddress(ctx, url) })
}

func (b boundedWallet) RequestGrant(ctx context.Context, authServer string, r opclient.GrantRequest) (*opclient.Grant, error) {
	return grant.Within(ctx, func() (*opclient.Grant, error) { return b.next.RequestGrant(ctx, authServer, r) })
}

func (b boundedWallet) CreateIncomingPayment(ctx context.Context, w *opclient.WalletAddress, token opclient.Secret, r opclient.IncomingPaymentRequest) (*opclient.IncomingPayment, error) {
	return grant.Within(ctx, func() (*opclient.IncomingPayment, error) {
		return b.next.CreateIncomingPayment(ctx, w, token, r)
	})
}

func (b boundedWallet) PublicIncomingPayment(ctx context.Context, id string) (*opclient.PublicIncomingPayment, error) {
	return grant.Within(ctx, func() (*opclient.PublicIncomingPayment, error) { return b.next.PublicIncomingPayment(ctx, id) })
}

func (b boundedWallet) IncomingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.IncomingPayment, error) {
	return grant.Within(ctx, func() (*opclient.IncomingPayment, error) { return b.next.IncomingPayment(ctx, id, token) })
}

func (b boundedWallet) CompleteIncomingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.IncomingPayment, error) {
	return grant.Within(ctx, func() (*opclient.IncomingPayment, error) { return b.next.CompleteIncomingPayment(ctx, id, token) })
}

func (b boundedWallet) CreateQuote(ctx context.Context, w *opclient.WalletAddress, token opclient.Secret, r opclient.QuoteRequest) (*opclient.Quote, error) {
	return grant.Within(ctx, func() (*opclient.Quote, error) { return b.next.CreateQuote(ctx, w, token, r) })
}

func (b boundedWallet) CreateOutgoingPayment(ctx context.Context, w *opclient.WalletAddress, token opclient.Secret, r opclient.OutgoingPaymentRequest) (*opclient.OutgoingPayment, error) {
	return grant.Within(ctx, func() (*opclient.OutgoingPayment, error) {
		return b.next.CreateOutgoingPayment(ctx, w, token, r)
	})
}

func (b boundedWallet) OutgoingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.OutgoingPayment, error) {
	return grant.Within(ctx, func() (*opclient.OutgoingPayment, error) { return b.next.OutgoingPayment(ctx, id, token) })
}

func (b boundedWallet) FindOutgoingPayment(ctx context.Context, w *opclient.WalletAddress, token opclient.Secret, q *opclient.Quote) (*opclient.OutgoingPayment, error) {
	return grant.Within(ctx, func() (*opclient.OutgoingPayment, error) {
		return b.next.FindOutgoingPayment(ctx, w, token, q)
	})
}
