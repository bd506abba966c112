package grant

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

const (
	longestLook = 2 * time.Second // how long a callback waits for another's result
	look        = 100 * time.Millisecond
)

// Finish takes the browser's return from the wallet. rawQuery is the redirect's
// query, undecoded.
//
// "The client instance MUST use the hash to validate the interaction callback
// [and] MUST NOT continue if they do not match" (RFC 9635 section 4.2.3).
func (s *Service) Finish(ctx context.Context, id, rawQuery string) (*Outcome, error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, linkNotValid(err)
	}
	it, err := s.get(ctx, id)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Code == CodeNotFound {
			return nil, linkNotValid(err)
		}
		return nil, err
	}
	if !query.Has("hash") && !query.Has("interact_ref") {
		return s.unhashed(ctx, it, query)
	}
	interactRef, err := it.pending().VerifyFinish(query)
	if err != nil {
		s.log().WarnContext(ctx, "a finish without a good hash", slog.String("grant_id", it.ID), slog.Any("error", err))
		s.count(ctx, HashMismatch, "")
		return nil, linkNotValid(err)
	}
	return s.verified(ctx, it, interactRef)
}

func (it *Item) pending() opclient.Pending {
	return opclient.Pending{
		GrantEndpoint: it.GrantEndpoint,
		Nonce:         opclient.Secret(it.ClientNonce),
		Finish:        opclient.Secret(it.ServerNonce),
	}
}

func linkNotValid(err error) *Error {
	return &Error{Code: CodeLinkNotValid, Err: err,
		Detail: "This link does not belong to a consent that is being given. Go back to the app and start again."}
}

// verified carries on after a good hash: one callback claims the grant and
// continues it, all others get that one's outcome.
func (s *Service) verified(ctx context.Context, it *Item, interactRef string) (*Outcome, error) {
	waitUntil := s.now().Add(longestLook)
	for {
		switch {
		case it.Ending == "" && (it.Status == Pending || it.Status == Rejected):
			early := it.ContinueAfter.Time().Sub(s.now())
			if early > longestWait {
				return &Outcome{Page: PageMoment, Refresh: early}, nil
			}
			if early > 0 {
				if err := s.sleep(ctx, early); err != nil {
					return nil, err
				}
			}
			err := s.claim(ctx, it, interactRef)
			if err == nil {
				return s.carryOn(ctx, it, interactRef)
			}
			if !errors.Is(err, ErrConflict) {
				return nil, storeError(err)
			}
		case len(it.RefHash) > 0 && !it.isRef(interactRef):
			return nil, linkNotValid(errors.New("another interact_ref"))
		case it.leased(s.now()):
			if !s.now().Before(waitUntil) {
				return &Outcome{Page: PageMoment, Refresh: longestLook}, nil
			}
			if err := s.sleep(ctx, look); err != nil {
				return nil, err
			}
		default:
			return s.replay(ctx, it)
		}
		var err error
		if it, err = s.get(ctx, it.ID); err != nil {
			return nil, err
		}
	}
}

// replay is the outcome of a consent that was finished before. It calls nobody,
// unless a cancel is owed.
func (s *Service) replay(ctx context.Context, it *Item) (*Outcome, error) {
	if it.Ending != "" || it.Status == Processing {
		settled, err := s.settle(ctx, it)
		if err != nil {
			return nil, err
		}
		it = settled
	}
	return it.outcome(At(s.now())), nil
}

// outcome is what the browser gets for a grant that has passed its finish.
func (it *Item) outcome(now Instant) *Outcome {
	switch {
	case it.Failure != nil:
		return it.toApp(PageFailed, it.Failure.Code)
	case it.Status == Revoked:
		return it.toApp(PageFailed, CodeRevoked)
	case it.Status == Granted && it.ReturnURL == "":
		return &Outcome{Page: PageGranted}
	case it.Status == Granted && now <= it.claimBefore():
		return &Outcome{Redirect: returnTo(it.ReturnURL, url.Values{"status": {"granted"}, "code": {it.code()}})}
	case it.Status == Granted:
		return &Outcome{Page: PageFinished}
	default:
		return &Outcome{Page: PageMoment, Refresh: longestLook}
	}
}

// toApp tells the app how it ended without consent, or the user when there is
// no page of the app to go to.
func (it *Item) toApp(page Page, code string) *Outcome {
	if it.ReturnURL == "" {
		return &Outcome{Page: page, Code: code}
	}
	answer := url.Values{"status": {"failed"}, "error": {code}}
	if page == PageRejected {
		answer = url.Values{"status": {"rejected"}}
	}
	return &Outcome{Redirect: returnTo(it.ReturnURL, answer)}
}

// unhashed takes a callback that nothing authenticates. It tells the app what
// the wallet seems to say, and changes nothing but pending to rejected: a good
// hash that comes later still wins.
func (s *Service) unhashed(ctx context.Context, it *Item, query url.Values) (*Outcome, error) {
	if it.Status != Pending && it.Status != Rejected || it.Ending != "" || len(query["result"]) != 1 {
		return nil, linkNotValid(nil)
	}
	switch query.Get("result") {
	case "grant_rejected":
		return s.rejected(ctx, it)
	case "grant_invalid":
		return it.toApp(PageFailed, FailureLeft), nil
	case "invalid_interaction":
		if query.Get("message") == "interaction expired" {
			return it.toApp(PageFailed, FailureInteractionExpired), nil
		}
		// "invalid interaction": another grant took over the browser's session.
		return it.toApp(PageFailed, FailureLeft), nil
	case "unknown_interaction":
		return it.toApp(PageFailed, FailureInteractionUnknown), nil
	}
	return nil, linkNotValid(nil)
}

func (s *Service) rejected(ctx context.Context, it *Item) (*Outcome, error) {
	// With a RefHash a good hash has come: that beats this hint.
	if it.Status == Pending && len(it.RefHash) == 0 {
		it.Status = Rejected
		it.TTL = s.now().Add(keepEnded).Unix()
		err := s.Store.Update(ctx, it)
		if errors.Is(err, ErrConflict) {
			if it, err = s.get(ctx, it.ID); err != nil {
				return nil, err
			}
			if it.Status != Rejected && it.Status != Pending {
				return nil, linkNotValid(nil)
			}
		} else if err != nil {
			return nil, storeError(err)
		} else {
			s.log().InfoContext(ctx, "grant rejected", slog.String("grant_id", it.ID))
			s.count(ctx, GrantRejected, "")
		}
	}
	return it.toApp(PageRejected, CodeRejected), nil
}
