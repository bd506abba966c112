package grant

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Token hands the access token to the grant's owner. The first call must
// present the code that the user's browser brought back.
func (s *Service) Token(ctx context.Context, owner, id string, r TokenRequest) (*TokenAnswer, error) {
	it, err := s.owned(ctx, owner, id)
	for {
		if err != nil {
			return nil, err
		}
		if err := it.usable(At(s.now())); err != nil {
			return nil, err
		}
		if err := it.checkCode(r.Code); err != nil {
			return nil, err
		}
		if it.Claimed {
			return it.tokenAnswer(s.now())
		}
		it.Claimed = true
		saving, cancel := detached(ctx, saveTime)
		saved := s.save(saving, it, func(stored *Item) bool { return stored.Claimed })
		cancel()
		if saved == nil {
			s.log().InfoContext(ctx, "grant claimed", slog.String("grant_id", it.ID))
			return it.tokenAnswer(s.now())
		}
		if !errors.Is(saved, ErrConflict) {
			return nil, storeError(saved)
		}
		it, err = s.owned(ctx, owner, id)
	}
}

// usable reports whether a token may leave: not before consent, and not once the
// grant has ended or is about to.
func (it *Item) usable(now Instant) error {
	switch status := it.status(now); {
	case it.Failure != nil:
		return &Error{Code: CodeFailed, Detail: it.Failure.Detail}
	case it.Ending != "" || status == Revoked:
		return &Error{Code: CodeRevoked, Detail: "The grant was revoked. Ask for a new one."}
	case status == Granted:
		return nil
	case status == Rejected:
		return &Error{Code: CodeRejected, Detail: "The user refused. Ask again only if they want to."}
	case status == Expired:
		return &Error{Code: CodeExpired, Detail: "Nobody consented in time. Ask for a new grant."}
	default:
		return &Error{Code: CodeNotGranted, Detail: "The user has not consented yet.", RetryAfter: 5 * time.Second}
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

func (it *Item) tokenAnswer(now time.Time) (*TokenAnswer, error) {
	if it.TokenExpires != 0 && At(now) >= it.TokenExpires {
		return nil, &Error{Code: CodeTokenExpired,
			Detail: "The token's time is over, and this version cannot rotate it. Ask for a new grant."}
	}
	return &TokenAnswer{
		AccessToken:    it.Token,
		ExpiresAt:      it.TokenExpires.pointer(),
		Access:         it.Access,
		ResourceServer: it.ResourceServer,
		WalletAddress:  it.WalletAddress,
	}, nil
}
