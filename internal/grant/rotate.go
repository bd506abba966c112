package grant

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// Why a token cannot be rotated, now that the server has decided it.
var (
	errRevokedAtWallet = errors.New("the grant was revoked at the wallet")
	errTokenLost       = errors.New("the wallet does not know the token")
)

// rotate replaces the token, under a lease. When the server decides nothing, the
// rotation stays owed and undecided says why: until it has succeeded, nobody
// knows which token works. When the server has ended the grant, so has rotate.
// [ErrConflict] when somebody else changed the grant meanwhile.
func (s *Service) rotate(ctx context.Context, it *Item) (undecided, err error) {
	lease, owed := s.newLease(), it.Lease != nil
	undecided, err = s.rotateUnder(ctx, it, lease, owed)
	if errors.Is(err, ErrConflict) {
		// Whoever ended the grant over our lease waits for us.
		if stored, err := s.reread(ctx, it.ID, lease); err == nil {
			_, _ = s.settle(ctx, stored)
		}
	}
	return undecided, err
}

func (s *Service) rotateUnder(ctx context.Context, it *Item, lease *Lease, owed bool) (undecided, err error) {
	it.Lease = lease
	leasing, cancelLeasing := detached(ctx, saveTime)
	defer cancelLeasing()
	if err := s.save(leasing, it, it.holds()); err != nil {
		return nil, err
	}
	asking, cancel := detached(ctx, rotateTime)
	defer cancel()
	token, err := s.newToken(asking, it)
	switch {
	case err == nil:
		return nil, s.rotated(ctx, it, token)
	case errors.Is(err, errRevokedAtWallet):
		s.lost(ctx, it, FailureRevoked)
		it.end(Revoked, FailureRevoked, s.now())
		it.over(s.now())
		it.Lease = nil
	case errors.Is(err, errTokenLost):
		s.lost(ctx, it, FailureTokenLost)
		it.end(Failed, FailureTokenLost, s.now())
		_, err := s.cancelOwed(ctx, it)
		return nil, err
	default:
		s.log().WarnContext(ctx, "a rotation decided nothing", slog.String("grant_id", it.ID), slog.Any("error", err))
		s.count(ctx, RotationFailed, "")
		undecided = err
		it.postponeKeeping(s.now())
		if it.Lease = nil; owed || !errors.Is(err, opclient.ErrNotSent) {
			it.Lease = &Lease{ID: lease.ID, Until: At(s.now())} // over, and not done
		}
	}
	saving, cancelSaving := detached(ctx, saveTime)
	defer cancelSaving()
	return undecided, s.save(saving, it, it.written())
}

// newToken asks the server for a token. 401 invalid_client at the manage URI is
// only a hint that the old one is gone: the continue URI knows more.
func (s *Service) newToken(ctx context.Context, it *Item) (*opclient.Token, error) {
	token, err := s.Server.Rotate(ctx, it.token())
	if !unknownToken(err) {
		return token, err
	}
	_, answer := s.Server.Poll(ctx, it.continuation())
	switch {
	case forgotten(answer):
		return nil, errRevokedAtWallet
	case errors.Is(answer, opclient.ErrRefused) && opclient.HasCode(answer, opclient.CodeRequestDenied):
		// This is also said of a healthy grant.
		again, secondErr := s.Server.Rotate(ctx, it.token())
		if secondErr == nil {
			return again, nil
		}
		if unknownToken(secondErr) {
			return nil, errTokenLost
		}
	}
	return nil, err
}

func (it *Item) token() *opclient.Token {
	return &opclient.Token{Value: opclient.Secret(it.Token), Manage: it.ManageURI}
}

// unknownToken reports whether the server may have forgotten the token.
func unknownToken(err error) bool {
	var e *opclient.Error
	return errors.As(err, &e) && e.Status == 401 && e.Code == opclient.CodeInvalidClient
}

// rotated saves the new token. One that cannot be saved is cancelled, never
// dropped.
func (s *Service) rotated(ctx context.Context, it *Item, token *opclient.Token) error {
	it.renew(token, s.now())
	it.Lease = nil
	saving, cancel := detached(ctx, saveTime)
	defer cancel()
	err := s.save(saving, it, it.hasToken())
	if err != nil {
		s.giveBack(ctx, it, "a rotated token could not be saved")
		return err
	}
	s.log().InfoContext(ctx, "token rotated", slog.String("grant_id", it.ID))
	s.count(ctx, TokenRotated, "")
	return nil
}

func (s *Service) lost(ctx context.Context, it *Item, code string) {
	s.log().ErrorContext(ctx, "a grant in use was lost", slog.String("grant_id", it.ID), slog.String("code", code))
	s.count(ctx, TokenLost, code)
}

// fresh reports whether the token may be handed out, and else how long its
// promise still lasts: it is rotated only after that, or when it was refused.
func (it *Item) fresh(now time.Time, refused string) (ok bool, wait time.Duration) {
	if refused != "" && subtle.ConstantTimeCompare([]byte(refused), []byte(it.Token)) == 1 {
		return false, 0
	}
	if it.TokenExpires == 0 {
		return true, 0
	}
	left := it.TokenExpires.Time().Sub(now)
	return left >= leastPromise, max(0, left)
}
