package grant

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A KeepResult is what [Service.Keep] did.
type KeepResult struct {
	Kind KeepKind
	Host string // of the grant's authorization server; "" if the grant could not be read
	// Lost is set for KeepEnded if the grant was in use, and its wallet has ended
	// it. Otherwise the end was saved before.
	Lost       bool
	Cause      error         // of a failure
	RetryAfter time.Duration // that the wallet asked for with a failure; 0: it did not
}

// A KeepKind is how a grant's turn in the schedule ended.
type KeepKind int

// The zero value is no result.
const (
	_               KeepKind = iota
	KeepNotDue               // nothing is due: somebody else was here, or is
	KeepRotated              // the consent is kept: it has a new token
	KeepEnded                // the grant has ended
	KeepFailedHost           // the wallet's host has a problem: no connection, no answer, 429, a 5xx, or it refuses our key
	KeepFailedGrant          // the wallet answers, but not as this grant needs it
	KeepFailedHere           // our store or our signing key has a problem
)

// Keep does what is due for one grant: it rotates the token of a recurring grant
// before it is too old, and cancels at the server a grant that is ending. It decides from the
// grant's state and not from its due time, so that it may be called late, early
// or twice. Due is the due time that the grant had when it was handed out to the
// caller; if it has another one by now, there is nothing to do. 0: any will do. It
// ends within [OperationTime].
func (s *Service) Keep(ctx context.Context, id string, due Instant) KeepResult {
	ctx, cancel := Begin(ctx)
	defer cancel()
	ctx = telemetry.With(ctx, slog.String(telemetry.KeyGrantID, id)) // for the line about the call of its wallet
	it, err := s.store().Get(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return KeepResult{Kind: KeepNotDue} // a calendar may be behind
	case err != nil:
		s.log().ErrorContext(ctx, "a due grant cannot be read", slog.String("grant_id", id), slog.Any("error", err))
		s.count(ctx, KeepFailed, "")
		return KeepResult{Kind: KeepFailedHere, Cause: err}
	case due != 0 && it.Due != due:
		return KeepResult{Kind: KeepNotDue, Host: it.Host()} // it was handed out again, or done
	}
	r := s.keepItem(ctx, it)
	r.Host = it.Host()
	return s.reportKeep(ctx, id, r)
}

func (s *Service) keepItem(ctx context.Context, it *Item) KeepResult {
	var (
		done progress
		err  error
		now  = s.now()
		ends = it.state() != stateRotating && it.owes(now, nil)
	)
	switch {
	case it.isLeased(now):
		return KeepResult{Kind: KeepNotDue}
	case ends:
		done, err = s.endAndCancel(ctx, it, nil)
	case it.state() == stateRotating, it.mustRotate(now):
		done, err = s.rotate(ctx, it, nil)
	default:
		return KeepResult{Kind: KeepNotDue}
	}
	switch {
	case err != nil:
		return KeepResult{Kind: KeepFailedHere, Cause: err}
	case done.renewed:
		return KeepResult{Kind: KeepRotated}
	case done.it == nil, done.overtaken:
		return KeepResult{Kind: KeepNotDue}
	case done.it.state() == stateEnded:
		return KeepResult{Kind: KeepEnded, Lost: !ends}
	case done.cause != nil:
		return KeepResult{Kind: kindOf(done.cause), Cause: done.cause, RetryAfter: retryAfter(done.cause)}
	}
	return KeepResult{Kind: KeepNotDue}
}

// mustRotate reports whether the schedule is to rotate the token.
func (it *Item) mustRotate(now time.Time) bool {
	return it.state() == stateClaimed && it.rotatesByItself() && !now.Before(it.rotateFrom())
}

// kindOf reports whose failure it was.
func kindOf(cause error) KeepKind {
	var ours *Error
	var said *opclient.Error
	switch {
	case errors.As(cause, &ours) && ours.Code == CodeWalletInvalid:
		return KeepFailedGrant // its token or URL is too long for our key
	case ours != nil && ours.Code != CodeKeyRefused:
		return KeepFailedHere
	case ours != nil:
		return KeepFailedHost // it refuses our key for all its grants
	case errors.As(cause, &said) && (said.Status == 429 || said.Status >= 500):
		return KeepFailedHost
	case IsNotSent(cause), errors.Is(cause, opclient.ErrTimeout), said != nil && said.Status == 0:
		return KeepFailedHost
	}
	return KeepFailedGrant
}

// isOwnFailure reports whether the wallet answers, but not as this grant needs it.
func isOwnFailure(cause error) bool { return kindOf(cause) == KeepFailedGrant }

// reportGivenUp logs and counts that the schedule has given a grant up, once.
func (s *Service) reportGivenUp(ctx context.Context, it *Item, before bool, cause error) {
	if before || !it.isGivenUp() {
		return
	}
	s.log().ErrorContext(ctx, "a grant is given up: nothing is tried any more until its app or an operator asks for it",
		slog.String("grant_id", it.ID), slog.Int64("tries", it.Failures.Count), slog.Any("error", cause))
	s.count(ctx, GivenUp, "")
}

func (s *Service) reportKeep(ctx context.Context, id string, r KeepResult) KeepResult {
	if r.Cause != nil {
		s.log().ErrorContext(ctx, "a due grant could not be kept or settled", slog.String("grant_id", id), slog.Any("error", r.Cause))
		s.count(ctx, KeepFailed, "")
	}
	return r
}
