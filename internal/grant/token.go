package grant

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Token hands an access token that works to the grant's owner. The first call
// must present the code that the user's browser brought back. A token whose
// promise is over, or that was refused, is rotated by exactly one caller; the
// others wait for the new one.
func (s *Service) Token(ctx context.Context, owner, id string, r TokenRequest) (*TokenAnswer, error) {
	until := s.now().Add(longestTurn)
	for {
		it, err := s.owned(ctx, owner, id)
		if err == nil && !it.owesRotation() {
			it, err = s.settle(ctx, it)
		}
		if err != nil {
			return nil, err
		}
		if err := it.usable(At(s.now())); err != nil {
			return nil, err
		}
		if err := it.checkCode(r.Code); err != nil {
			return nil, err
		}
		err = s.acceptCode(ctx, it)
		if err == nil {
			var answer *TokenAnswer
			if answer, err = s.handOut(ctx, it, r.Refused, until); answer != nil {
				return answer, nil
			}
		}
		if err != nil && !errors.Is(err, ErrConflict) {
			return nil, err
		}
	}
}

// acceptCode marks a grant as claimed, once.
func (s *Service) acceptCode(ctx context.Context, it *Item) error {
	if it.Claimed {
		return nil
	}
	it.Claimed = true
	it.keepFrom(s.now())
	saving, cancel := detached(ctx, saveTime)
	defer cancel()
	err := s.save(saving, it, func(stored *Item) bool { return stored.Claimed })
	switch {
	case err == nil:
		s.log().InfoContext(ctx, "grant claimed", slog.String("grant_id", it.ID))
		s.count(ctx, GrantClaimed, "")
	case !errors.Is(err, ErrConflict):
		return storeError(err)
	}
	return err
}

// handOut answers with the token if it may leave, and else takes a turn at
// getting one that may. No answer and no error: read the grant again.
func (s *Service) handOut(ctx context.Context, it *Item, refused string, until time.Time) (*TokenAnswer, error) {
	now := s.now()
	if it.leased(now) {
		if !now.Before(until) {
			return nil, &Error{Code: CodeBusy, RetryAfter: 2 * time.Second,
				Detail: "The token is being renewed. Ask again."}
		}
		return nil, s.sleep(ctx, look)
	}
	if !it.owesRotation() {
		fresh, wait := it.fresh(now, refused)
		if fresh {
			return it.tokenAnswer(), nil
		}
		if wait > 0 {
			return nil, s.sleep(ctx, wait)
		}
	}
	undecided, err := s.rotate(ctx, it)
	if err != nil && !errors.Is(err, ErrConflict) {
		return nil, storeError(err)
	}
	if undecided != nil {
		return nil, notRotated(undecided)
	}
	return nil, err
}

// notRotated says why there is no token that works, now.
func notRotated(undecided error) *Error {
	e := walletError(undecided, "rotation of the token")
	if e.Code != CodeKeyRefused && e.Code != CodeKeyMissing && e.Code != CodeKeyInvalid && e.Code != CodeKeyUnavailable {
		e.Code = CodeNotRotated
	}
	if e.RetryAfter == 0 {
		e.RetryAfter = 5 * time.Second
	}
	return e
}

// usable reports whether a token may leave: not before consent, and not once the
// grant has ended or is about to.
func (it *Item) usable(now Instant) error {
	detail := "The grant was revoked. Ask for a new one."
	if it.Failure != nil {
		detail = it.Failure.Detail
	}
	switch status := it.status(now); {
	case it.Ending == Revoked || status == Revoked:
		return &Error{Code: CodeRevoked, Detail: detail}
	case it.Failure != nil:
		return &Error{Code: CodeFailed, Detail: detail}
	case status == Granted:
		return nil
	case status == Rejected:
		return &Error{Code: CodeRejected, Detail: "The user refused. Ask again only if they want to."}
	case status == Expired:
		return &Error{Code: CodeExpired, Detail: "Nobody consented in time. Ask for a new grant."}
	default:
		return &Error{Code: CodeNotGranted, Detail: "The user has not consented yet. Ask again when the wallet has sent them back.", RetryAfter: 5 * time.Second}
	}
}

// checkCode accepts the grant's own code, and none once it was accepted.
func (it *Item) checkCode(code string) error {
	switch {
	case code == "" && it.Claimed:
		return nil
	case code == "":
		return &Error{Code: CodeCodeRequired, Field: "code",
			Detail: "The first time, present the code that the user's browser brought to your returnUrl, with the grant's id from the session that asked for it."}
	case !it.isCode(code):
		return &Error{Code: CodeWrongCode, Field: "code",
			Detail: "This is not the code of this grant. If the browser session is right, somebody else may have consented: do not retry, ask for a new grant."}
	}
	return nil
}

func (it *Item) tokenAnswer() *TokenAnswer {
	if it.ProveSubject {
		return &TokenAnswer{WalletAddress: it.WalletAddress, Subject: it.Subject}
	}
	return &TokenAnswer{
		AccessToken:    it.Token,
		ExpiresAt:      it.TokenExpires.pointer(),
		Access:         it.Access,
		ResourceServer: it.ResourceServer,
		WalletAddress:  it.WalletAddress,
	}
}
