package payment

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Follow asks the wallets about a payment that is due. It never sends one. It decides
// from the payment's state and not from its due time, so that it may be called late,
// early or twice. It ends within [grant.OperationTime].
func (s *Service) Follow(ctx context.Context, id string) Result {
	ctx, cancel := grant.Begin(ctx)
	defer cancel()
	ctx = telemetry.With(ctx, slog.String("payment_id", id))
	it, err := s.store().Get(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return Result{Kind: FollowNotDue} // a calendar may be behind
	case err != nil:
		s.log().ErrorContext(ctx, "a due payment cannot be read", slog.String("payment_id", id), slog.Any("error", err))
		return Result{Kind: FollowFailedHere, Cause: err}
	}
	host := it.Host()
	if it.isLeased(s.now()) || it.state() == stateWithdrawn {
		return Result{Kind: FollowNotDue, Host: host, Status: it.Status}
	}
	wasFinal := it.isFinal()
	it, e, err := s.follow(ctx, it, true)
	if err != nil {
		s.log().ErrorContext(ctx, "a due payment could not be followed", slog.String("payment_id", id), slog.Any("error", err))
		return Result{Kind: FollowFailedHere, Host: host, Cause: err}
	}
	if wasFinal {
		return Result{Kind: FollowNotDue, Host: host, Status: it.Status}
	}
	s.reportLong(ctx, it)
	return followResult(it, e, host)
}

func followResult(it *Item, e *evidence, host string) Result {
	r := Result{Kind: FollowAgain, Host: host, Status: it.Status}
	switch {
	case it.state() == stateUndecided:
		r.Kind = FollowUndecided
	case it.isFinal():
		r.Kind = FollowDecided
	case e == nil || e.cause == nil:
	case isHostFault(e.cause):
		r.Kind, r.Cause = FollowFailedHost, e.cause
		var said *opclient.Error
		if errors.As(e.cause, &said) {
			r.RetryAfter = said.RetryAfter
		}
	default:
		r.Cause = e.cause
	}
	return r
}

// isHostFault reports whether a wallet's host has a problem, and not this payment.
func isHostFault(err error) bool {
	var ours *grant.Error
	var said *opclient.Error
	if errors.As(err, &ours) && ours.Upstream == nil && !errors.As(err, &said) {
		return false
	}
	errors.As(err, &said)
	return grant.IsNotSent(err) || errors.Is(err, opclient.ErrTimeout) || said != nil && (said.Status == 0 || said.Status == 429 || said.Status >= 500)
}

// follow asks the wallets about a payment that nobody works on, and saves what they
// prove. scheduled: it is due again later, if it is not final. It returns the payment as
// it is stored then, and the evidence of the last look. If the outcome was known before,
// it frees the grant, in case that write was lost.
func (s *Service) follow(ctx context.Context, it *Item, scheduled bool) (*Item, *evidence, error) {
	var e *evidence
	for {
		if it.isFinal() || it.state() == stateWithdrawn || it.isLeased(s.now()) {
			return it, e, s.freeGrant(ctx, it, scheduled)
		}
		var next *event
		var err error
		if it.state() == stateReady {
			next, err = s.decideUnsent(ctx, it, scheduled)
		} else {
			e = &evidence{}
			s.look(ctx, it, true, e)
			next = s.decideAgain(it, e, scheduled)
		}
		if err == nil && next == nil {
			err = s.freeGrant(ctx, it, scheduled)
		}
		if next == nil || err != nil {
			return it, e, err
		}
		wasReady := it.state() == stateReady
		w := s.change(ctx, it, *next)
		switch w.Kind {
		case saved:
			it = w.Stored
			s.settle(ctx, it, nil)
			if !wasReady || it.state() != stateSought {
				return it, e, nil
			}
		case lost:
			if it = w.Stored; it == nil {
				return nil, nil, grant.NotFound()
			}
		case unknown:
			return nil, nil, writeError(w.Err)
		}
	}
}

// decideUnsent finds out by the grant whether a payment may have been sent whose holder
// has gone, and whether it still can be. It never sends it: only a request with its key
// does.
func (s *Service) decideUnsent(ctx context.Context, it *Item, scheduled bool) (*event, error) {
	var next event
	g, err := s.Grants.Owned(ctx, it.Owner, it.Grant)
	var e *grant.Error
	switch now := s.now(); {
	case errors.As(err, &e) && e.Code == grant.CodeNotFound, err == nil && g.Flight != nil && g.Flight.Payment == it.ID:
		next = seek(nil, now)
	case err != nil:
		return nil, err
	case !now.Before(it.Created.Time().Add(day)):
		next = refuse(newFailure(FailureNotMade, "It was not sent within a day."), nil, now)
	case g.Ending != "" || g.Status == grant.Revoked || g.Status == grant.Failed:
		next = refuse(newFailure(FailureNotMade, "The grant has ended before the payment was sent."), nil, now)
	case scheduled:
		next = release(nil, now)
	default:
		return nil, nil
	}
	return &next, nil
}

// decideAgain is decide for a payment that is due: it is due again later, if nothing is
// new.
func (s *Service) decideAgain(it *Item, e *evidence, scheduled bool) *event {
	next, _ := it.decide(e, nil, s.now())
	if next != nil || !scheduled {
		return next
	}
	again := seek(nil, s.now())
	if it.state() == statePending {
		again = find(e, nil, s.now())
	}
	return &again
}

// freeGrant ends the flight of a payment whose outcome is stored, if the write that does
// it was lost: a crash can come between the two. It reads the grant, so it does nothing
// for a payment that was prepared long ago. must: a failure is an error; without it, the
// failure is logged, and the payment can be shown.
func (s *Service) freeGrant(ctx context.Context, it *Item, must bool) error {
	known := it.isFinal() || it.state() == statePending
	if !known || it.isLeased(s.now()) || !s.now().Before(it.Since.Time().Add(2*day)) {
		return nil
	}
	err := s.Grants.FinishPayment(ctx, it.Grant, it.ID, !it.isUnpaid())
	if err != nil && !must {
		s.warn(ctx, it, "the grant of a payment is not free yet", err)
		return nil
	}
	return err
}

// settle does what follows an outcome that was saved: the grant is free once it is
// known what became of the payment, and nothing more shall arrive at its receiver. g is
// the grant, if the caller has just read it. If the grant cannot be freed now, the next
// touch of the payment does it, its next payment, or the end of its wait for this one.
func (s *Service) settle(ctx context.Context, it *Item, g *grant.Item) {
	s.report(ctx, it)
	if it.state() == stateReady || it.state() == stateSought {
		return
	}
	var err error
	if g != nil {
		_, err = s.Grants.FinishItemPayment(ctx, g, it.ID, !it.isUnpaid())
	} else {
		err = s.Grants.FinishPayment(ctx, it.Grant, it.ID, !it.isUnpaid())
	}
	if err != nil {
		s.warn(ctx, it, "the grant of a payment is not free yet", err)
	}
	s.closeReceiver(ctx, it)
}

// Get returns a payment as it is now, after asking the wallets about one that is not
// final. It never sends one.
func (s *Service) Get(ctx context.Context, owner, grantID, id string) (*Resource, error) {
	ctx, cancel := grant.Begin(ctx)
	defer cancel()
	it, err := s.read(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case it == nil || it.Owner != owner || it.Grant != grantID || it.state() == stateWithdrawn:
		return nil, notFound()
	}
	it, e, err := s.follow(ctx, it, false)
	if err != nil {
		return nil, err
	}
	return it.resource(e), nil
}

func notFound() *grant.Error {
	return &grant.Error{Code: grant.CodeNotFound, Detail: "There is no such payment of this grant, or it is another owner's."}
}

// The pauses between two looks at a payment in one call.
const (
	shortestLook = 100 * time.Millisecond
	longestLook  = time.Second
)

func longer(pause time.Duration) time.Duration { return min(pause*3/2, longestLook) }
