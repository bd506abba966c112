package grant

import (
	"context"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Revocation is what became of a [Service.Delete].
type Revocation struct {
	Result RevocationResult
	Grant  *Resource // as it is now
	Owed   *Error    // why the wallet has not confirmed; set for RevocationOwed only
}

// A RevocationResult tells whether a revoked grant is gone at its wallet.
type RevocationResult int

// The zero value is no result.
const (
	_                 RevocationResult = iota
	RevokedConfirmed                   // the wallet has confirmed that the grant is gone, now or before
	RevokedHereOnly                    // ended here; the wallet did not accept our key and may still have it
	RevocationPending                  // no token leaves any more; the wallet has not confirmed yet
)

// Delete revokes a grant at the authorization server and here, in any state and
// over any lease: from its first write on no token is handed out. With forget, a
// grant whose server does not accept our key is ended here only. See rule 11 in
// ARCHITECTURE.md.
func (s *Service) Delete(ctx context.Context, owner, id string, forgets bool) (Revocation, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	it, err := s.getOwned(ctx, owner, id)
	if err == nil {
		it, err = s.saveRevoked(ctx, it)
	}
	for err == nil {
		if it == nil {
			return Revocation{}, NotFound()
		}
		if it.state() == stateEnded {
			return it.revocation(s.now()), nil
		}
		if it.state() == statePaying && !it.isOverdue(s.now()) {
			return it.pendingRevocation(s.now(), it.inFlightError(s.now())), nil
		}
		if it.isLeased(s.now()) {
			if it, err = s.revokeOverLease(ctx, it); err != nil || it.state() == stateEnded {
				continue
			}
			if it.isLeased(s.now()) {
				return it.pendingRevocation(s.now(), revoking()), nil
			}
		}
		lease := s.newLease()
		var done progress
		done, err = s.cancelAfter(ctx, it, it.takeToCancel(lease, s.now()), lease)
		it = done.it
		switch {
		case err != nil, done.overtaken, done.cause == nil, it == nil, it.state() == stateEnded:
		case forgets && opclient.HasCode(done.cause, opclient.CodeInvalidClient):
			it, err = s.forget(ctx, it)
		default:
			return it.pendingRevocation(s.now(), cannotRevoke(done.cause)), nil
		}
	}
	return Revocation{}, err
}

// saveRevoked writes that DELETE was asked. A grant that has ended stays as it is.
func (s *Service) saveRevoked(ctx context.Context, it *Item) (*Item, error) {
	for it != nil && it.Ending != Revoked && it.state() != stateEnded {
		w := s.change(ctx, it, revoke(s.now()))
		switch w.Kind {
		case saved, lost:
			it = w.Stored
		case unknown:
			return nil, writeError(w.Err)
		}
	}
	return it, nil
}

// revokeOverLease ends what works now, at once, and waits for whoever holds the
// lease. A continuation in flight can leave a token after this cancel, so the
// cancel is sent again once the holder has reported or its lease is over. It
// returns the grant as it is when the wait is over.
func (s *Service) revokeOverLease(ctx context.Context, it *Item) (*Item, error) {
	if err := s.cancel(ctx, it.continuation()); err != nil {
		s.log().WarnContext(ctx, "a cancel is still owed", slog.String("grant_id", it.ID), slog.Any("error", err))
	}
	until := s.now().Add(longestTurn)
	for it.state() == stateEnding && it.isLeased(s.now()) && s.now().Before(until) {
		var err error
		if it, err = s.readAfter(ctx, it.ID, look); err != nil {
			return nil, err
		}
	}
	return it, nil
}

// forget ends a grant here that cannot be cancelled there.
func (s *Service) forget(ctx context.Context, it *Item) (*Item, error) {
	w := s.change(ctx, it, forget(s.now()))
	switch w.Kind {
	case unknown:
		return nil, writeError(w.Err)
	case saved:
		s.log().WarnContext(ctx, "grant revoked here only", slog.String("grant_id", it.ID))
		s.count(ctx, GrantRevoked, "unconfirmed")
	case lost:
	}
	return w.Stored, nil
}

// revocation is the result for a grant that has ended.
func (it *Item) revocation(now time.Time) Revocation {
	r := Revocation{Result: RevokedConfirmed, Grant: it.resource(now)}
	if it.Unconfirmed {
		r.Result = RevokedHereOnly
	}
	return r
}

func (it *Item) pendingRevocation(now time.Time, why *Error) Revocation {
	return Revocation{Result: RevocationPending, Grant: it.resource(now), Owed: why}
}

func revoking() *Error {
	return &Error{Code: CodeBusy, RetryAfter: 5 * time.Second,
		Detail: "The grant is being revoked and no token leaves any more, but a request to its wallet is still under way. Ask again."}
}

// cannotRevoke says why the server did not cancel.
func cannotRevoke(refused error) *Error {
	e := WalletError(refused, "revocation")
	if opclient.HasCode(refused, opclient.CodeInvalidClient) {
		e.Code = CodeKeyRefused
		e.Detail = "The wallet does not accept our signing key, so it may still have the grant. No token leaves here any more. Put the key right and ask again, or add ?forget=true to end it here only."
	}
	if e.RetryAfter == 0 {
		e.RetryAfter = 5 * time.Second
	}
	return e
}
