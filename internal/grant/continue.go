package grant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// claim moves a grant to processing under our lease. Whoever succeeds is the
// only one that may send the interact_ref. [ErrConflict] for all others.
func (s *Service) claim(ctx context.Context, it *Item, interactRef string) error {
	it.Status = Processing
	it.RefHash = refHash(interactRef)
	it.Lease = s.newLease()
	it.TTL = s.now().Add(keepUngranted).Unix()
	saving, cancel := detached(ctx, saveTime)
	defer cancel()
	return s.save(saving, it, it.holds())
}

// carryOn continues a claimed grant at the authorization server, once, and saves
// what it says.
func (s *Service) carryOn(ctx context.Context, it *Item, interactRef string) (*Outcome, error) {
	calling, cancel := detached(ctx, callTime)
	defer cancel()
	answer, err := s.Server.Continue(calling, it.continuation(), interactRef)
	if unused(err) {
		return s.release(ctx, it, err)
	}
	s.count(ctx, GrantFinished, "") // here, so that a user who came too early is counted once
	switch {
	case err == nil && !it.answeredBy(answer):
		err = fmt.Errorf("%w: not what was asked for", opclient.ErrInvalidAnswer)
		return s.failed(ctx, it, FailureOutcomeUnknown, err)
	case err == nil && answer.Subject != it.subjectAsked():
		return s.failed(ctx, it, FailureSubject, errors.New("another subject than the one asked for"))
	case err == nil:
		return s.granted(ctx, it, answer)
	case errors.Is(err, opclient.ErrRefused):
		return s.failed(ctx, it, FailureRefused, err)
	default:
		return s.failed(ctx, it, FailureOutcomeUnknown, err)
	}
}

// answeredBy reports whether the server gave what was asked for: a token or a
// subject.
func (it *Item) answeredBy(answer *opclient.Grant) bool {
	return (answer.Token != nil) == !it.ProveSubject && (answer.Subject != "") == it.ProveSubject
}

func (it *Item) subjectAsked() string {
	if it.ProveSubject {
		return it.WalletAddress
	}
	return ""
}

// granted saves the token. One that cannot be saved is cancelled, never dropped.
func (s *Service) granted(ctx context.Context, it *Item, answer *opclient.Grant) (*Outcome, error) {
	lease := it.Lease
	it.grant(answer, s.now())
	saving, cancel := detached(ctx, saveTime)
	defer cancel()
	err := s.save(saving, it, it.hasToken())
	if err == nil {
		s.log().InfoContext(ctx, "grant granted", slog.String("grant_id", it.ID))
		s.count(ctx, GrantGranted, "")
		return it.outcome(At(s.now())), nil
	}
	if errors.Is(err, ErrConflict) {
		s.giveBack(ctx, it, "the grant was ended while the wallet granted it")
		return s.ended(ctx, it.ID, lease)
	}
	s.giveBack(ctx, it, "the token could not be saved")
	return nil, storeError(err)
}

// ended is the outcome of a grant that was ended under our lease.
func (s *Service) ended(ctx context.Context, id string, ours *Lease) (*Outcome, error) {
	it, err := s.reread(ctx, id, ours)
	if err != nil {
		return nil, err
	}
	return s.replay(ctx, it)
}

// hasToken tells of a stored grant whether it has our token, or our subject.
func (it *Item) hasToken() func(*Item) bool {
	token, subject := it.Token, it.Subject
	return func(stored *Item) bool {
		return stored.Status == Granted && stored.Token == token && stored.Subject == subject
	}
}

// grant takes over the server's answer to the continuation.
func (it *Item) grant(answer *opclient.Grant, now time.Time) {
	it.Status = Granted
	it.GrantedAt = At(now)
	it.ConsentURL, it.ConsentExpires = "", 0
	it.Lease = nil
	it.TTL = 0
	if answer.Continue.URI != "" {
		it.ContinueURI, it.ContinueToken = answer.Continue.URI, string(answer.Continue.Token)
	}
	it.ContinueAfter = 0
	it.Subject = answer.Subject
	if answer.Token != nil {
		it.renew(answer.Token, now)
	}
}

// renew takes over a new token.
func (it *Item) renew(token *opclient.Token, now time.Time) {
	it.Token, it.ManageURI = string(token.Value), token.Manage
	it.TokenExpires = promise(now, token.ExpiresAt)
	if len(token.Access) > 0 {
		it.Access = token.Access
	}
	it.keepFrom(now)
}

// promise is until when we say that a token works: 60 s, or a tenth of its life
// if that is less, before the wallet's own time.
func promise(now, expires time.Time) Instant {
	if expires.IsZero() {
		return 0
	}
	return At(expires.Add(-min(time.Minute, expires.Sub(now)/10)))
}

// release gives a grant back to the next callback: its interact_ref was not used.
func (s *Service) release(ctx context.Context, it *Item, cause error) (*Outcome, error) {
	it.Status = Pending
	lease := it.Lease
	it.Lease = nil
	tooFast := opclient.HasCode(cause, opclient.CodeTooFast)
	if tooFast {
		it.ContinueAfter = At(s.now().Add(longestLook))
	}
	saving, cancel := detached(ctx, saveTime)
	defer cancel()
	err := s.save(saving, it, it.written())
	s.log().WarnContext(ctx, "a continuation was not used", slog.String("grant_id", it.ID), slog.Any("error", cause))
	switch {
	case errors.Is(err, ErrConflict):
		return s.ended(ctx, it.ID, lease)
	case err != nil:
		return nil, storeError(err)
	case tooFast:
		return &Outcome{Page: PageMoment, Refresh: longestLook}, nil
	}
	failed := walletError(cause, "continuation")
	if failed.RetryAfter == 0 {
		failed.RetryAfter = 5 * time.Second
	}
	return nil, failed
}

// failed ends a grant whose continuation was refused or has an unknown outcome.
func (s *Service) failed(ctx context.Context, it *Item, code string, cause error) (*Outcome, error) {
	it.end(Failed, code, s.now())
	if words := upstream(cause); words != nil && words.Description != "" {
		it.Failure.Detail += fmt.Sprintf(" It said: %d %s %q.", words.Status, words.Code, words.Description)
	}
	s.log().ErrorContext(ctx, "a continuation failed", slog.String("grant_id", it.ID), slog.String("code", code), slog.Any("error", cause))
	ending, cancel := detached(ctx, saveTime+cancelTime)
	defer cancel()
	lease := it.Lease
	_, err := s.cancelOwed(ending, it)
	switch {
	case err == nil:
		return it.outcome(At(s.now())), nil
	case errors.Is(err, ErrConflict):
		return s.ended(ctx, it.ID, lease)
	}
	s.giveBack(ctx, it, "its end could not be saved")
	return nil, storeError(err)
}
