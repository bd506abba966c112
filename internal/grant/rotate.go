package grant

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// rotate replaces the token, under a lease. own is a lease under which the caller
// has worked; nil: none. If the server decides nothing, the progress has the
// cause, and the rotation must be repeated if it may have been sent: until it has
// succeeded, nobody knows which token works. If the server has ended the grant,
// rotate ends it too.
func (s *Service) rotate(ctx context.Context, it *Item, own *Lease) (progress, error) {
	lease, owed := s.newLease(), it.owesRotation()
	ctx, done := s.hold(ctx)
	defer done()
	taken := rotate(lease, s.now())
	taken.own = own
	w := s.change(ctx, it, taken)
	switch w.Kind {
	case lost:
		return progress{it: w.Stored, overtaken: true}, nil
	case unknown:
		return progress{}, writeError(w.Err)
	case saved:
		it = w.Stored
	}
	token, err := s.newToken(ctx, it)
	switch {
	case err == nil:
		return s.saveRenewed(ctx, it, lease, token)
	case it.state() == statePaying: // it ends already
		return s.putBackRotation(ctx, it, lease, true, err)
	case errors.Is(err, errRevokedAtWallet):
		return s.endRotation(ctx, it, lease, Revoked, FailureRevoked)
	case errors.Is(err, errTokenLost):
		return s.endRotation(ctx, it, lease, Failed, FailureTokenLost)
	default:
		return s.putBackRotation(ctx, it, lease, owed || !IsNotSent(err), err)
	}
}

// Why a token cannot be rotated, now that the server has decided it.
var (
	errRevokedAtWallet = errors.New("the grant was revoked at the wallet")
	errTokenLost       = errors.New("the wallet does not know the token")
)

// newToken asks the server for a token. 401 invalid_client at the manage URI is
// only a hint that the old one is gone: the continue URI knows more. A token that
// cannot be rotated, and is needed anew, is as good as gone.
func (s *Service) newToken(ctx context.Context, it *Item) (*opclient.Token, error) {
	ctx, cancel := s.callContext(ctx, endReserve)
	defer cancel()
	hint := errTokenLost
	if it.ManageURI != "" {
		token, err := s.server().Rotate(ctx, it.token())
		if !isUnknownToken(err) {
			return token, err
		}
		hint = err
	}
	asked, answer := s.server().Poll(ctx, it.continuation())
	switch {
	case answer == nil && asked.Token != nil:
		return asked.Token, nil
	case opclient.IsGone(answer):
		return nil, errRevokedAtWallet
	case !isRefusal(answer) || !opclient.HasCode(answer, opclient.CodeRequestDenied):
		return nil, undecided(hint, answer)
	case it.ManageURI == "":
		return nil, errTokenLost
	}
	// request_denied is also said of a healthy grant.
	token, err := s.server().Rotate(ctx, it.token())
	if isUnknownToken(err) {
		return nil, errTokenLost
	}
	return token, err
}

// undecided returns the error of a question that decided nothing.
func undecided(hint, answer error) error {
	switch {
	case !errors.Is(hint, errTokenLost):
		return hint
	case answer == nil:
		return opclient.ErrInvalidAnswer
	}
	return answer
}

func (it *Item) token() *opclient.Token {
	return &opclient.Token{Value: opclient.Secret(it.Token), Manage: it.ManageURI}
}

// saveRenewed saves the new token.
func (s *Service) saveRenewed(ctx context.Context, it *Item, lease *Lease, token *opclient.Token) (progress, error) {
	id, k := it.ID, it.continuation()
	w := s.changeHeld(ctx, it, renew(token, lease, s.now()))
	switch w.Kind {
	case saved:
		s.log().InfoContext(ctx, "token rotated", slog.String("grant_id", id))
		s.count(ctx, TokenRotated, "")
		return progress{it: w.Stored, renewed: true}, nil
	case lost:
		if w.Stored != nil && w.Stored.Status == Granted && w.Stored.Token == string(token.Value) {
			// Saved, and somebody has gone on from that.
			return progress{it: w.Stored, overtaken: true}, nil
		}
		stored, err := s.cancelLateToken(ctx, w.Stored, lease, k, id, FailureTokenLost)
		return progress{it: stored}, err
	default:
		s.log().ErrorContext(ctx, "it is not known whether a rotated token was saved", slog.String("grant_id", id), slog.Any("error", w.Err))
		return progress{}, writeError(w.Err)
	}
}

// endRotation ends a grant whose server has ended it, once a cancel confirms that.
func (s *Service) endRotation(ctx context.Context, it *Item, lease *Lease, status Status, code string) (progress, error) {
	s.log().ErrorContext(ctx, "a grant in use was lost", slog.String("grant_id", it.ID), slog.String("code", code))
	s.count(ctx, TokenLost, code)
	ended, err := s.cancelAfter(ctx, it, end(status, newFailure(code), lease, lease, s.now()), lease)
	if err == nil && ended.overtaken { // by DELETE: it waits for us
		ended.it, err = s.settle(ctx, ended.it, lease)
	}
	return ended, err
}

// putBackRotation ends a rotation that decided nothing.
func (s *Service) putBackRotation(ctx context.Context, it *Item, lease *Lease, owed bool, cause error) (progress, error) {
	s.log().WarnContext(ctx, "a rotation decided nothing", slog.String("grant_id", it.ID), slog.Any("error", cause))
	s.count(ctx, RotationFailed, "")
	wasGivenUp := it.isGivenUp()
	w := s.changeHeld(ctx, it, putBack(lease, owed, isOwnFailure(cause), s.now()))
	switch w.Kind {
	case saved:
		s.reportGivenUp(ctx, w.Stored, wasGivenUp, cause)
		return progress{it: w.Stored, cause: cause}, nil
	case lost: // by DELETE: it waits for us
		stored, err := s.settle(ctx, w.Stored, lease)
		return progress{it: stored, cause: cause}, err
	default:
		return progress{}, writeError(w.Err)
	}
}

// notRotated says why there is no token that works, now.
func notRotated(cause error) *Error {
	e := WalletError(cause, "rotation of the token")
	if e.Code != CodeKeyRefused && e.Code != CodeKeyMissing && e.Code != CodeKeyInvalid && e.Code != CodeKeyUnavailable {
		e.Code = CodeNotRotated
	}
	if e.RetryAfter == 0 {
		e.RetryAfter = 5 * time.Second
	}
	return e
}
