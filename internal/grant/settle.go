package grant

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// settle does what is owed on a grant when somebody touches it: it takes over
// from who crashed, ends what was never claimed, and cancels at the server what
// could not be cancelled before. It returns the grant as it is then.
func (s *Service) settle(ctx context.Context, it *Item) (*Item, error) {
	ctx, cancel := detached(ctx, settleTime)
	defer cancel()
	for it.owes(s.now()) {
		lease, err := s.settleOnce(ctx, it)
		if err == nil {
			break
		}
		if !errors.Is(err, ErrConflict) {
			return nil, storeError(err)
		}
		if it, err = s.reread(ctx, it.ID, lease); err != nil {
			return nil, err
		}
	}
	return it, nil
}

// settleOnce does it under a lease, which it returns. A server that cannot do
// its part now leaves it owed, which is no error.
func (s *Service) settleOnce(ctx context.Context, it *Item) (*Lease, error) {
	switch {
	case it.Ending != "":
	case it.Status == Processing:
		// Whoever held the lease has crashed: it may have sent the interact_ref,
		// which must not be sent twice.
		it.end(Failed, FailureOutcomeUnknown, s.now())
	case it.Lease != nil:
		// A rotation has not come to its end: the token may not be the one we know.
		_, err := s.rotate(ctx, it)
		return nil, err
	default:
		it.end(Failed, FailureNeverClaimed, s.now())
	}
	it.Lease = s.newLease()
	lease := it.Lease
	_, err := s.cancelOwed(ctx, it)
	return lease, err
}

// owes reports whether a touch has something to do.
func (it *Item) owes(now time.Time) bool {
	if it.leased(now) {
		return false
	}
	return it.Ending != "" || it.Status == Processing || it.owesRotation() || it.neverClaimed(At(now))
}

// owesRotation reports whether a rotation was begun whose outcome nobody knows.
func (it *Item) owesRotation() bool {
	return it.Status == Granted && it.Ending == "" && it.Lease != nil
}

// neverClaimed reports whether the time for the code is over.
func (it *Item) neverClaimed(now Instant) bool {
	return it.Status == Granted && !it.Claimed && now > it.claimBefore()
}

func (it *Item) claimBefore() Instant {
	return it.GrantedAt + Instant(claimWindow.Milliseconds())
}

// end decides the state that the grant gets once the server has cancelled it.
func (it *Item) end(status Status, failure string, now time.Time) {
	it.Ending = status
	it.Failure = nil
	if failure != "" {
		it.Failure = &Failure{Code: failure, Detail: failureDetails[failure]}
	}
	it.TTL = 0 // not before it is settled
	it.dueAt(now)
}

var failureDetails = map[string]string{
	FailureRefused:        "The wallet refused to continue the grant.",
	FailureOutcomeUnknown: "It is not known whether the wallet issued a token, so the grant was cancelled. Ask for a new one.",
	FailureNeverClaimed:   "The app did not present the code within five minutes, so the grant was cancelled. Ask for a new one.",
	FailureTokenLost:      "The wallet does not know the token any more, so the grant was cancelled. Ask for a new one.",
	FailureRevoked:        "The grant was revoked at the wallet. Ask for a new one only if the user wants to.",
	FailureSubject:        "The user proved another wallet address than the one that was asked for.",
	CodeRevoked:           "The grant is being revoked; the wallet has not confirmed that yet.",
}

// cancelOwed writes down what is owed, under the item's lease, cancels at the
// server, and writes the end down. A server that cannot cancel now leaves it
// owed: that is refused. [ErrConflict] when somebody else changed the grant
// meanwhile.
func (s *Service) cancelOwed(ctx context.Context, it *Item) (refused, err error) {
	if err := s.save(ctx, it, it.holds()); err != nil {
		return nil, err
	}
	if refused = s.cancel(ctx, it); refused != nil {
		s.log().ErrorContext(ctx, "a cancel is still owed", slog.String("grant_id", it.ID),
			slog.String("ending", string(it.Ending)), slog.Any("error", refused))
		s.count(ctx, CancelOwed, "")
		it.dueAt(s.now().Add(tryAgain))
	} else {
		it.over(s.now())
	}
	it.Lease = nil
	if err = s.save(ctx, it, it.written()); err == nil && refused == nil {
		s.told(ctx, it)
	}
	return refused, err
}

// told is that a grant has ended.
func (s *Service) told(ctx context.Context, it *Item) {
	log, metric, code := s.log().With(slog.String("grant_id", it.ID)), GrantRevoked, ""
	if it.Failure != nil {
		metric, code = GrantFailed, it.Failure.Code
		log = log.With(slog.String("code", code))
	}
	log.InfoContext(ctx, "grant "+string(it.Status))
	s.count(ctx, metric, code)
}

// holds tells of a stored grant whether it has our lease.
func (it *Item) holds() func(*Item) bool {
	lease := it.Lease.ID
	return func(stored *Item) bool { return stored.Lease != nil && stored.Lease.ID == lease }
}

// over is the state after a cancel: nothing that works is kept.
func (it *Item) over(now time.Time) {
	it.Status, it.Ending = it.Ending, ""
	it.ConsentURL, it.ConsentExpires = "", 0
	it.ContinueURI, it.ContinueToken, it.ContinueAfter = "", "", 0
	it.Token, it.ManageURI, it.TokenExpires = "", "", 0
	it.TTL = now.Add(keepEnded).Unix()
	it.notDue()
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
