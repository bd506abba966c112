package grant

import (
	"context"
	"log/slog"
	"time"
)

// A grant that is to end while a payment is in flight keeps its token, which is
// needed to look for the payment, until the outcome is known. See rule 11 in
// ARCHITECTURE.md.

// waitForPayment drops the lease of a grant that must not be cancelled yet.
func (s *Service) waitForPayment(ctx context.Context, it *Item, lease *Lease) (progress, error) {
	s.log().WarnContext(ctx, "a cancel waits for a payment in flight", slog.String("grant_id", it.ID), slog.String("payment_id", it.Flight.Payment))
	w := s.changeHeld(ctx, it, postpone(lease, false, s.now()))
	switch w.Kind {
	case lost:
		return progress{it: w.Stored, overtaken: true}, nil
	case unknown:
		return progress{}, writeError(w.Err)
	case saved:
	}
	return progress{it: w.Stored, cause: w.Stored.inFlightError(s.now())}, nil
}

// inFlightError says that a payment is in flight, and when to ask again.
func (it *Item) inFlightError(now time.Time) *Error {
	e := &Error{Code: CodeBusy, RetryAfter: 5 * time.Second,
		Detail: "The grant is being revoked and no token leaves any more, but it is not known yet whether its last payment was made. The grant is cancelled once that is known. Ask again."}
	if it.Flight != nil {
		e.RetryAfter = min(30*time.Second, max(e.RetryAfter, it.Flight.Until.Time().Sub(now)))
	}
	return e
}
