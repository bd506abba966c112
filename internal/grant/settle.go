package grant

import (
	"context"
	"errors"
	"log/slog"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// settle does what is owed on a grant when somebody touches it: it takes over
// from who crashed, ends what was never claimed, and cancels at the server what
// could not be cancelled before. It returns the grant as it is then.
func (s *Service) settle(ctx context.Context, it *Item) (*Item, error) {
	ctx, cancel := detached(ctx, callTime)
	defer cancel()
	for it.owes(s) {
		switch {
		case it.Ending != "":
		case it.Status == Processing:
			// Whoever held the lease has crashed: it may have sent the
			// interact_ref, which must not be sent twice.
			it.end(Failed, FailureOutcomeUnknown)
		default:
			it.end(Failed, FailureNeverClaimed)
		}
		err := s.cancelOwed(ctx, it)
		if err == nil {
			break
		}
		if !errors.Is(err, ErrConflict) {
			return nil, storeError(err)
		}
		if it, err = s.get(ctx, it.ID); err != nil {
			return nil, err
		}
	}
	return it, nil
}

// owes reports whether a touch has something to do.
func (it *Item) owes(s *Service) bool {
	now := s.now()
	if it.leased(now) {
		return false
	}
	return it.Ending != "" || it.Status == Processing || it.neverClaimed(At(now))
}

// neverClaimed reports whether the time for the code is over.
func (it *Item) neverClaimed(now Instant) bool {
	return it.Status == Granted && !it.Claimed && now > it.claimBefore()
}

func (it *Item) claimBefore() Instant {
	return it.GrantedAt + Instant(claimWindow.Milliseconds())
}

// end decides the state that the grant gets once the server has cancelled it.
func (it *Item) end(status Status, failure string) {
	it.Ending = status
	it.Failure = &Failure{Code: failure, Detail: failureDetails[failure]}
	it.TTL = 0 // not before it is settled
}

var failureDetails = map[string]string{
	FailureRefused:        "The wallet refused to continue the grant.",
	FailureOutcomeUnknown: "It is not known whether the wallet issued a token, so the grant was cancelled. Ask for a new one.",
	FailureNeverClaimed:   "The app did not present the code within five minutes, so the grant was cancelled. Ask for a new one.",
}

// cancelOwed writes down what is owed, under a lease, cancels at the server, and
// writes the end down. A server that cannot cancel now leaves it owed, which is
// no error. [ErrConflict] when somebody else changed the grant meanwhile.
func (s *Service) cancelOwed(ctx context.Context, it *Item) error {
	it.Lease = s.newLease()
	if err := s.save(ctx, it, it.holds()); err != nil {
		return err
	}
	if err := s.cancel(ctx, it); err != nil {
		s.log().ErrorContext(ctx, "a cancel is still owed", slog.String("grant_id", it.ID),
			slog.String("ending", string(it.Ending)), slog.Any("error", err))
	} else {
		it.over()
		it.TTL = s.now().Add(keepEnded).Unix()
	}
	held := it.holds()
	it.Lease = nil
	return s.save(ctx, it, func(stored *Item) bool { return stored.Ending == it.Ending && !held(stored) })
}

// holds tells of a stored grant whether it has our lease.
func (it *Item) holds() func(*Item) bool {
	lease := it.Lease.ID
	return func(stored *Item) bool { return stored.Lease != nil && stored.Lease.ID == lease }
}

// over is the state after a cancel: nothing that works is kept.
func (it *Item) over() {
	it.Status, it.Ending = it.Ending, ""
	it.ConsentURL, it.ConsentExpires = "", 0
	it.ContinueURI, it.ContinueToken, it.ContinueAfter = "", "", 0
	it.Token, it.ManageURI, it.TokenExpires = "", "", 0
}

// cancel ends the grant at the server, with all its tokens. It is done when the
// server knows no such continuation.
func (s *Service) cancel(ctx context.Context, it *Item) error {
	ctx, cancel := detached(ctx, cancelTime)
	defer cancel()
	err := s.Server.Cancel(ctx, it.continuation())
	if forgotten(err) {
		return nil
	}
	return err
}

// giveBack cancels what the server gave and we cannot keep, and reports it.
func (s *Service) giveBack(ctx context.Context, it *Item, why string) {
	err := s.cancel(ctx, it)
	log := s.log().With(slog.String("grant_id", it.ID), slog.String("why", why))
	if err != nil {
		log.ErrorContext(ctx, "a grant could not be given back", slog.Any("error", err))
		return
	}
	log.ErrorContext(ctx, "a grant was given back")
}

func (it *Item) continuation() opclient.Continue {
	return opclient.Continue{URI: it.ContinueURI, Token: opclient.Secret(it.ContinueToken)}
}
