package grant

import (
	"context"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/internal/save"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// settle completes what is unfinished on a grant when somebody touches it, and
// returns the grant as it is then: it takes over after a crash, ends a grant that
// nobody claimed in time, and cancels at the server what could not be cancelled before. own is a
// lease under which the caller has worked and writes nothing more; nil: none. A
// server that cannot do its part now leaves the grant as it is.
func (s *Service) settle(ctx context.Context, it *Item, own *Lease) (*Item, error) {
	for it != nil && it.owes(s.now(), own) {
		var (
			done progress
			err  error
		)
		if it.state() == stateRotating {
			done, err = s.rotate(ctx, it, own)
		} else {
			done, err = s.endAndCancel(ctx, it, own)
		}
		if err != nil {
			return nil, err
		}
		it = done.it
		if !done.overtaken {
			break
		}
	}
	if it == nil {
		return nil, NotFound()
	}
	return it, nil
}

// A progress is how far a call of a grant's server has brought the grant.
type progress struct {
	it        *Item // as it is stored now; nil: it is gone
	overtaken bool  // another changed the grant: nothing was done, decide anew from it
	renewed   bool  // it has the token that this call brought
	cause     error // why the server decided nothing, or could not cancel; nil: it did
}

// owes reports whether a touch has something to do.
func (it *Item) owes(now time.Time, own *Lease) bool {
	if it.heldByOther(now, own) {
		return false
	}
	switch it.state() {
	case stateEnding, stateProcessing, stateRotating:
		return true
	}
	if it.state() == statePaying {
		return it.isOverdue(now)
	}
	return it.neverClaimed(now) || it.frontedInVain(now)
}

// frontedInVain reports whether the time for consent is over and the server may
// yet have seen the interact_ref.
func (it *Item) frontedInVain(now time.Time) bool {
	return it.Fronted && it.state() == statePending && it.status(At(now)) == Expired
}

// endAndCancel decides how a grant that owes an end ends, and ends it.
func (s *Service) endAndCancel(ctx context.Context, it *Item, own *Lease) (progress, error) {
	lease, now := s.newLease(), s.now()
	e := take(lease, own, now)
	switch it.state() {
	case stateEnding: // decided before
	case statePaying:
		e = abandonPayment(lease, own, now)
	case stateProcessing:
		// Who held the lease has crashed. It may have sent the interact_ref, which
		// must not be sent twice.
		e = end(Failed, newFailure(FailureOutcomeUnknown), lease, own, now)
	case stateGranted:
		e = end(Failed, newFailure(FailureNeverClaimed), lease, own, now)
	default:
		e = end(Expired, nil, lease, own, now)
	}
	return s.cancelAfter(ctx, it, e, lease)
}

// cancelAfter saves e, which says that the grant is to end and takes the lease,
// cancels the grant at its server and saves the result. The intent is saved
// first, so that after a crash the next touch cancels again. If the server cannot
// cancel now, the grant keeps its Ending and the progress has the cause.
func (s *Service) cancelAfter(ctx context.Context, it *Item, e event, lease *Lease) (progress, error) {
	ctx, done := s.hold(ctx)
	defer done()
	w := s.change(ctx, it, e)
	switch w.Kind {
	case lost:
		return progress{it: w.Stored, overtaken: true}, nil
	case unknown:
		return progress{}, writeError(w.Err)
	case saved:
	}
	it = w.Stored
	if it.state() == statePaying {
		return s.waitForPayment(ctx, it, lease)
	}
	cause := s.cancel(ctx, it.continuation())
	result := closeGrant(lease, s.now())
	if cause != nil {
		result = postpone(lease, isOwnFailure(cause), s.now())
	}
	wasGivenUp := it.isGivenUp()
	w = s.changeHeld(ctx, it, result)
	switch w.Kind {
	case lost:
		// DELETE was written over our lease, or a token came late: another cancel.
		if w.Stored != nil && w.Stored.owes(s.now(), lease) {
			stored, err := s.settle(ctx, w.Stored, lease)
			return progress{it: stored, cause: cause}, err
		}
		return progress{it: w.Stored, overtaken: true}, nil
	case unknown:
		return progress{}, writeError(w.Err)
	case saved:
	}
	s.reportEnd(ctx, w.Stored, cause)
	s.reportGivenUp(ctx, w.Stored, wasGivenUp, cause)
	return progress{it: w.Stored, cause: cause}, nil
}

// reportEnd logs and counts the end of a grant, or the cause why it could not be
// cancelled.
func (s *Service) reportEnd(ctx context.Context, it *Item, cause error) {
	if cause != nil {
		s.log().ErrorContext(ctx, "a cancel is still owed", slog.String("grant_id", it.ID),
			slog.String("ending", string(it.Ending)), slog.Any("error", cause))
		s.count(ctx, CancelOwed, "")
		return
	}
	attrs := []slog.Attr{slog.String("grant_id", it.ID)}
	metric, code := GrantRevoked, ""
	switch {
	case it.Status == Revoked && it.Failure != nil:
		metric, code = "", it.Failure.Code // counted as TokenLost
		attrs = append(attrs, slog.String("code", code))
	case it.Failure != nil:
		metric, code = GrantFailed, it.Failure.Code
		attrs = append(attrs, slog.String("code", code))
	case it.Status == Rejected:
		metric = GrantRejected
	case it.Status == Expired:
		metric, code = GrantFailed, CodeExpired
	}
	s.log().LogAttrs(ctx, slog.LevelInfo, "grant "+string(it.Status), attrs...)
	if metric != "" {
		s.count(ctx, metric, code)
	}
}

// cancel ends the grant at the server, with all its tokens. It succeeds when the
// server has confirmed that the grant is gone.
func (s *Service) cancel(ctx context.Context, k opclient.Continue) error {
	ctx, cancel := save.Detach(ctx, cancelTime)
	defer cancel()
	err := s.server().Cancel(ctx, k)
	if opclient.IsGone(err) {
		return nil
	}
	return err
}

// giveBack cancels what the server gave and the store provably does not have, and
// logs it.
func (s *Service) giveBack(ctx context.Context, id string, k opclient.Continue, why string) error {
	err := s.cancel(ctx, k)
	attrs := []slog.Attr{slog.String("grant_id", id), slog.String("why", why)}
	if err != nil {
		s.log().LogAttrs(ctx, slog.LevelError, "a grant could not be given back", append(attrs, slog.Any("error", err))...)
		return err
	}
	s.log().LogAttrs(ctx, slog.LevelError, "a grant was given back", attrs...)
	return nil
}

// cancelLateToken ends a grant at the server that gave a token which the store
// does not have: somebody else has changed the grant to stored. code is the
// failure if the grant is still in use. It returns the grant as it is then.
func (s *Service) cancelLateToken(ctx context.Context, stored *Item, own *Lease, k opclient.Continue, id, code string) (*Item, error) {
	for stored != nil {
		e, inUse := reopen(k, s.now()), false
		switch stored.state() {
		case stateRejected, stateEnding, stateEnded:
		default: // by another caller, with another token: nobody knows which works
			own, inUse = s.newLease(), true
			e = end(Failed, newFailure(code), own, stored.Lease, s.now())
		}
		w := s.change(ctx, stored, e)
		switch w.Kind {
		case saved:
			s.log().ErrorContext(ctx, "a token came after the grant had changed", slog.String("grant_id", id))
			return s.settle(ctx, w.Stored, own)
		case lost:
			stored = w.Stored
		case unknown:
			if !inUse { // the store has no token of this grant
				_ = s.giveBack(ctx, id, k, "the token came too late")
			}
			return nil, writeError(w.Err)
		}
	}
	_ = s.giveBack(ctx, id, k, "the grant is gone from the store")
	return nil, NotFound()
}
