package grant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// continueOnce continues a grant at its server under the lease that process
// took, and saves what the server says. Nobody else sends the interact_ref.
func (s *Service) continueOnce(ctx context.Context, it *Item, lease *Lease, interactRef string) (*Outcome, error) {
	ctx, done := s.hold(ctx)
	defer done()
	calling, cancel := s.callContext(ctx, endReserve)
	answer, err := s.server().Continue(calling, it.continuation(), interactRef)
	cancel()

	switch use := it.useOf(err); use {
	case notSent, notUsed, answeredInFront:
		return s.releaseUnused(ctx, it, lease, use, err)
	case used:
	}
	s.count(ctx, GrantFinished, "") // here, so that a user who came too early is counted once
	switch {
	case err == nil && it.checkAnswer(answer) != nil:
		return s.failFinish(ctx, it, lease, FailureOutcomeUnknown, it.checkAnswer(answer))
	case err == nil && it.ProveSubject && answer.Subject != it.WalletAddress:
		return s.failFinish(ctx, it, lease, FailureSubject, errors.New("another subject than the one asked for"))
	case err == nil:
		return s.saveGranted(ctx, it, lease, answer)
	case isRefusal(err) && opclient.HasCode(err, opclient.CodeUserDenied):
		return s.denyFinish(ctx, it, lease)
	case it.Fronted && (neverUses(err) || isFromInFront(err)): // not refused, and not to be sent again
		return s.failFinish(ctx, it, lease, FailureOutcomeUnknown, err)
	case isRefusal(err):
		return s.failFinish(ctx, it, lease, FailureRefused, err)
	default:
		return s.failFinish(ctx, it, lease, FailureOutcomeUnknown, err)
	}
}

// A refUse is what a failed continuation did to its interact_ref.
type refUse int

const (
	used            refUse = iota // it may have been used: never send it again
	notSent                       // no connection was obtained
	notUsed                       // the server says so before it looks at the reference
	answeredInFront               // something in front of the server answered
)

// useOf reports what a failed continuation did to the interact_ref. After an
// answer from in front of the server it is sent once more at most, so that every
// later answer counts as used. See rule 1 in ARCHITECTURE.md.
func (it *Item) useOf(err error) refUse {
	switch {
	case IsNotSent(err):
		return notSent
	case it.Fronted:
		return used
	case neverUses(err):
		return notUsed
	case isFromInFront(err):
		return answeredInFront
	}
	return used
}

// releaseUnused gives the grant to the next finish: the reference was not used.
func (s *Service) releaseUnused(ctx context.Context, it *Item, lease *Lease, use refUse, cause error) (*Outcome, error) {
	wait := retryAfter(cause)
	tooFast := opclient.HasCode(cause, opclient.CodeTooFast)
	if tooFast {
		wait = max(wait, longestLook)
	}
	s.log().WarnContext(ctx, "a continuation was not used", slog.String("grant_id", it.ID), slog.Any("error", cause))
	w := s.changeHeld(ctx, it, release(lease, use == answeredInFront, wait, s.now()))
	switch w.Kind {
	case lost:
		return s.replay(ctx, w.Stored, lease)
	case unknown:
		return nil, writeError(w.Err)
	case saved:
	}
	if tooFast {
		return w.Stored.page(PageMoment, wait), nil
	}
	failed := WalletError(cause, "continuation")
	failed.AppURL = encodeURL(w.Stored.ReturnURL)
	if use == answeredInFront {
		failed.Code, failed.Detail = CodeWalletUnreachable, "Something in front of the wallet's server answered instead of it. Try again."
	}
	if failed.RetryAfter == 0 {
		failed.RetryAfter = 5 * time.Second
	}
	return nil, failed
}

// saveGranted saves the token or subject that the server gave.
func (s *Service) saveGranted(ctx context.Context, it *Item, lease *Lease, answer *opclient.Grant) (*Outcome, error) {
	id, k := it.ID, it.continuation()
	w := s.changeHeld(ctx, it, grant(answer, lease, s.now()))
	switch w.Kind {
	case saved:
		s.log().InfoContext(ctx, "grant granted", slog.String("grant_id", id))
		s.count(ctx, GrantGranted, "")
		return w.Stored.outcome(At(s.now())), nil
	case lost:
		if w.Stored.hasAnswer(answer) { // saved, and somebody has gone on from that
			return s.replay(ctx, w.Stored, nil)
		}
		if answer.Continue.URI != "" {
			k = answer.Continue
		}
		stored, err := s.cancelLateToken(ctx, w.Stored, lease, k, id, FailureOutcomeUnknown)
		if err != nil {
			return nil, err
		}
		return s.replay(ctx, stored, lease)
	default:
		s.log().ErrorContext(ctx, "it is not known whether a token was saved", slog.String("grant_id", id), slog.Any("error", w.Err))
		return nil, writeError(w.Err)
	}
}

// hasAnswer reports whether the item has the token or subject of answer.
func (it *Item) hasAnswer(answer *opclient.Grant) bool {
	switch {
	case it == nil || it.Status != Granted:
		return false
	case answer.Token != nil:
		return it.Token == string(answer.Token.Value)
	}
	return it.Subject == answer.Subject
}

// denyFinish ends a finish whose server says that the user refused. If an earlier
// answer came from in front of the server, it is cancelled first.
func (s *Service) denyFinish(ctx context.Context, it *Item, lease *Lease) (*Outcome, error) {
	if it.Fronted {
		return s.endFinish(ctx, it, lease, Rejected, nil)
	}
	id := it.ID
	w := s.changeHeld(ctx, it, deny(lease, s.now()))
	switch w.Kind {
	case saved:
		s.log().InfoContext(ctx, "grant rejected", slog.String("grant_id", id))
		s.count(ctx, GrantRejected, "")
		return w.Stored.outcome(At(s.now())), nil
	case lost:
		return s.replay(ctx, w.Stored, lease)
	default:
		return nil, writeError(w.Err)
	}
}

// failFinish ends a grant whose continuation was refused or has an unknown
// outcome.
func (s *Service) failFinish(ctx context.Context, it *Item, lease *Lease, code string, cause error) (*Outcome, error) {
	failure := newFailure(code)
	failure.Detail += saidOf(cause)
	s.log().ErrorContext(ctx, "a continuation failed", slog.String("grant_id", it.ID), slog.String("code", code), slog.Any("error", cause))
	return s.endFinish(ctx, it, lease, Failed, failure)
}

func (s *Service) endFinish(ctx context.Context, it *Item, lease *Lease, status Status, failure *Failure) (*Outcome, error) {
	ended, err := s.cancelAfter(ctx, it, end(status, failure, lease, lease, s.now()), lease)
	if err != nil {
		return nil, err
	}
	if ended.overtaken {
		return s.replay(ctx, ended.it, lease)
	}
	return ended.it.outcome(At(s.now())), nil
}

// checkAnswer returns an error unless the server gave what was asked for: a token,
// or a subject alone. A subject beside a token was not asked for, and is ignored.
func (it *Item) checkAnswer(answer *opclient.Grant) error {
	wrong := ""
	switch {
	case it.ProveSubject && answer.Token != nil:
		wrong = "access_token was not asked for"
	case it.ProveSubject && answer.Subject == "":
		wrong = "subject is missing"
	case !it.ProveSubject && answer.Token == nil:
		wrong = "access_token is missing"
	default:
		return nil
	}
	return &opclient.Error{Op: "continue the grant", URL: it.ContinueURI, Status: http.StatusOK, Err: fmt.Errorf("%w: %s", opclient.ErrInvalidAnswer, wrong)}
}

func (it *Item) continuation() opclient.Continue {
	return opclient.Continue{URI: it.ContinueURI, Token: opclient.Secret(it.ContinueToken)}
}
