package grant

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// Delete revokes a grant at the authorization server and here, in any state and
// over any lease: from its first write on no token is handed out. Nil and no
// error: it is over in both places. With forget, a grant whose server does not
// accept our key is ended here only, and the resource says so.
func (s *Service) Delete(ctx context.Context, owner, id string, forget bool) (*Resource, error) {
	it, err := s.revoke(ctx, owner, id)
	if err != nil || it.Ending == "" {
		return it.unconfirmed(s.now()), err
	}
	if it.leased(s.now()) {
		if it, err = s.revokeOverLease(ctx, it); err != nil || it.Ending == "" {
			return nil, err
		}
	}
	for {
		it.Lease = s.newLease()
		lease := it.Lease
		ending, cancel := detached(ctx, settleTime)
		refused, err := s.cancelOwed(ending, it)
		cancel()
		switch {
		case errors.Is(err, ErrConflict):
			if it, err = s.reread(ctx, id, lease); err != nil {
				return nil, err
			}
			if it.Ending == "" {
				return nil, nil
			}
			continue
		case err != nil:
			return nil, storeError(err)
		case refused != nil && forget && opclient.HasCode(refused, opclient.CodeInvalidClient):
			return s.forget(ctx, it)
		case refused != nil:
			return nil, cannotRevoke(refused)
		}
		return nil, nil
	}
}

// revoke writes that it was asked. The grant that it returns is over already if
// it has no Ending.
func (s *Service) revoke(ctx context.Context, owner, id string) (*Item, error) {
	for {
		it, err := s.owned(ctx, owner, id)
		if err != nil {
			return nil, err
		}
		if it.Ending == Revoked || it.Status == Failed || it.Status == Revoked {
			return it, nil
		}
		it.end(Revoked, "", s.now())
		saving, cancel := detached(ctx, saveTime)
		err = s.save(saving, it, func(stored *Item) bool { return stored.Ending == Revoked })
		cancel()
		if err == nil {
			return it, nil
		}
		if !errors.Is(err, ErrConflict) {
			return nil, storeError(err)
		}
	}
}

// revokeOverLease ends what works now, at once, and waits for whoever holds the
// lease: a continue in flight can leave a token after a cancel, so the cancel
// is sent again once the holder has reported or its lease is over.
func (s *Service) revokeOverLease(ctx context.Context, it *Item) (*Item, error) {
	if err := s.cancel(ctx, it); err != nil {
		s.log().WarnContext(ctx, "a cancel is still owed", slog.String("grant_id", it.ID), slog.Any("error", err))
	}
	until := s.now().Add(longestTurn)
	for it.leased(s.now()) && it.Ending != "" {
		if !s.now().Before(until) {
			return nil, revoking()
		}
		if err := s.sleep(ctx, look); err != nil {
			return nil, err
		}
		var err error
		if it, err = s.get(ctx, it.ID); err != nil {
			return nil, err
		}
	}
	return it, nil
}

func revoking() *Error {
	return &Error{Code: CodeBusy, RetryAfter: 5 * time.Second,
		Detail: "The grant is being revoked and no token leaves any more, but a request to its wallet is still under way. Ask again."}
}

// cannotRevoke says why the server did not cancel.
func cannotRevoke(refused error) *Error {
	e := walletError(refused, "revocation")
	if opclient.HasCode(refused, opclient.CodeInvalidClient) {
		e.Code = CodeKeyRefused
		e.Detail = "The wallet does not accept our signing key, so it still has the grant. No token leaves here any more. Put the key right and ask again, or add ?forget=true to end it here only."
	}
	if e.RetryAfter == 0 {
		e.RetryAfter = 5 * time.Second
	}
	return e
}

// forget ends a grant here that cannot be cancelled there.
func (s *Service) forget(ctx context.Context, it *Item) (*Resource, error) {
	it.over(s.now())
	it.Unconfirmed = true
	saving, cancel := detached(ctx, saveTime)
	defer cancel()
	err := s.save(saving, it, func(stored *Item) bool { return stored.Unconfirmed })
	if errors.Is(err, ErrConflict) {
		return nil, revoking()
	}
	if err != nil {
		return nil, storeError(err)
	}
	s.log().WarnContext(ctx, "grant revoked here only", slog.String("grant_id", it.ID))
	s.count(ctx, GrantRevoked, "unconfirmed")
	return it.resource(s.now()), nil
}

// unconfirmed is what Delete says of a grant that was over before.
func (it *Item) unconfirmed(now time.Time) *Resource {
	if it == nil || !it.Unconfirmed {
		return nil
	}
	return it.resource(now)
}
