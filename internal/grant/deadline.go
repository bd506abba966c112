package grant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opgrants/opgrants/internal/save"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// OperationTime is how long an operation of a [Service] takes at most. A caller
// whose context ends earlier gets that much. A client for wallets must allow a
// call this much time.
const OperationTime = 28 * time.Second

// The times within an operation. What a call of a wallet may take is what these
// leave of the operation's time.
const (
	saveTime    = 2 * time.Second // one write, with its retries
	cancelTime  = 5 * time.Second // cancelling at the server
	addressTime = 8 * time.Second // reading a wallet address
	graceTime   = time.Second     // in which a call must return once its context has ended

	// endReserve is kept of a call's time for its result: to save that a grant
	// ends, to cancel it, and to save that it has ended.
	endReserve = saveTime + cancelTime + saveTime
	// tokenSaveTime is for saving a token. It is longer, because a token that is
	// not saved is a consent lost.
	tokenSaveTime = saveTime + cancelTime
)

// Begin returns the context of an operation, which always has a deadline.
func Begin(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, OperationTime)
}

// hold returns a context for work under a lease that was taken just now: the work
// ends before the lease does.
func (s *Service) hold(ctx context.Context) (context.Context, context.CancelFunc) {
	return save.Detach(ctx, s.leaseTime())
}

// callContext returns the context of a call of a wallet. It leaves reserve of the
// operation's time for what follows; of a short lease, half.
func (s *Service) callContext(ctx context.Context, reserve time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(reserve, s.leaseTime()/2)))
}

func (s *Service) store() Store { return save.Bounded[Item](s.Store) }

// boundedServer refuses a call without a deadline, and returns from each call
// when its time is over, whatever the server and the client for it do.
type boundedServer struct{ next AuthorizationServer }

func (s *Service) server() boundedServer { return boundedServer{s.Server} }

func (b boundedServer) WalletAddress(ctx context.Context, url string) (*opclient.WalletAddress, error) {
	return Within(ctx, func() (*opclient.WalletAddress, error) { return b.next.WalletAddress(ctx, url) })
}

func (b boundedServer) RequestGrant(ctx context.Context, authServer string, r opclient.GrantRequest) (*opclient.Grant, error) {
	return Within(ctx, func() (*opclient.Grant, error) { return b.next.RequestGrant(ctx, authServer, r) })
}

func (b boundedServer) Continue(ctx context.Context, k opclient.Continue, interactRef string) (*opclient.Grant, error) {
	return Within(ctx, func() (*opclient.Grant, error) { return b.next.Continue(ctx, k, interactRef) })
}

func (b boundedServer) Poll(ctx context.Context, k opclient.Continue) (*opclient.Grant, error) {
	return Within(ctx, func() (*opclient.Grant, error) { return b.next.Poll(ctx, k) })
}

func (b boundedServer) Rotate(ctx context.Context, t *opclient.Token) (*opclient.Token, error) {
	return Within(ctx, func() (*opclient.Token, error) { return b.next.Rotate(ctx, t) })
}

func (b boundedServer) Cancel(ctx context.Context, k opclient.Continue) error {
	_, err := Within(ctx, func() (struct{}, error) { return struct{}{}, b.next.Cancel(ctx, k) })
	return err
}

type returned[T any] struct {
	value T
	err   error
	panic any
}

// Within makes a call and returns when the time of ctx is over at the latest, a
// second later if need be. A call that has not returned by then has an unknown
// outcome. One whose time is over before it begins is not made.
func Within[T any](ctx context.Context, call func() (T, error)) (T, error) {
	var none T
	if _, ok := ctx.Deadline(); !ok {
		return none, save.ErrNoDeadline
	}
	if ctx.Err() != nil {
		return none, outOfTime(ctx, opclient.ErrNotSent)
	}
	done := make(chan returned[T], 1)
	go func() {
		r := returned[T]{err: opclient.ErrOutcomeUnknown}
		defer func() { r.panic = recover(); done <- r }()
		r.value, r.err = call()
	}()
	select {
	case r := <-done:
		return r.unpack()
	case <-ctx.Done():
	}
	grace := time.NewTimer(graceTime)
	defer grace.Stop()
	select {
	case r := <-done:
		return r.unpack()
	case <-grace.C:
		return none, outOfTime(ctx, opclient.ErrOutcomeUnknown)
	}
}

// outOfTime is the error of a call whose context has ended: the time is over, or
// the caller has gone.
func outOfTime(ctx context.Context, known error) error {
	why := opclient.ErrTimeout
	if errors.Is(ctx.Err(), context.Canceled) {
		why = context.Canceled
	}
	return &opclient.Error{Op: "call the wallet", Err: fmt.Errorf("%w: %w", known, why)}
}

func (r returned[T]) unpack() (T, error) {
	if r.panic != nil {
		panic(r.panic)
	}
	return r.value, r.err
}
