package grant

import (
	"context"
	"errors"
	"log/slog"
	"net/url"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// Finish takes the browser's return from the wallet. rawQuery is the redirect's
// query, undecoded. Of all finishes with a good hash, one continues the grant at
// its server, and the others get that one's outcome.
//
// "The client instance MUST use the hash to validate the interaction callback
// [and] MUST NOT continue if they do not match" (RFC 9635 section 4.2.3).
func (s *Service) Finish(ctx context.Context, id, rawQuery string) (*Outcome, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
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
		return s.finishUnhashed(ctx, it, query)
	}
	interactRef, err := it.pending().VerifyFinish(query)
	if err != nil {
		s.log().WarnContext(ctx, "a finish without a good hash", slog.String("grant_id", it.ID), slog.Any("error", err))
		s.count(ctx, HashMismatch, "")
		return nil, it.linkNotValid(err)
	}
	return s.finishVerified(ctx, it, interactRef)
}

// finishVerified goes on after a good hash.
func (s *Service) finishVerified(ctx context.Context, it *Item, interactRef string) (*Outcome, error) {
	waitUntil := s.now().Add(longestLook)
	for it != nil {
		switch st := it.state(); {
		case st == statePending, st == stateHinted:
			early := it.ContinueAfter.Time().Sub(s.now())
			if early > longestWait {
				return it.page(PageMoment, early), nil
			}
			if early > 0 {
				if err := s.sleep(ctx, early); err != nil {
					return nil, err
				}
			}
			lease := s.newLease()
			w := s.change(ctx, it, process(interactRef, lease, s.now()))
			switch w.Kind {
			case saved:
				return s.continueOnce(ctx, w.Stored, lease, interactRef)
			case unknown:
				return nil, writeError(w.Err)
			case lost:
				it = w.Stored
				continue
			}
		case len(it.RefHash) > 0 && !it.isRef(interactRef):
			return nil, it.linkNotValid(errors.New("another interact_ref"))
		case !it.isLeased(s.now()):
			return s.replay(ctx, it, nil)
		case !s.now().Before(waitUntil):
			return it.page(PageMoment, longestLook), nil
		}
		if err := s.sleep(ctx, look); err != nil {
			return nil, err
		}
		var err error
		if it, err = s.get(ctx, it.ID); err != nil {
			return nil, err
		}
	}
	return nil, linkNotValid(errors.New("the grant is gone"))
}

// replay returns the outcome of a consent that was finished before. It calls
// nobody, unless the grant is ending. own is a lease of the caller that is over.
func (s *Service) replay(ctx context.Context, it *Item, own *Lease) (*Outcome, error) {
	if it != nil && (it.state() == stateEnding || it.state() == stateProcessing) {
		settled, err := s.settle(ctx, it, own)
		if err != nil {
			return nil, err
		}
		it = settled
	}
	if it == nil {
		return nil, linkNotValid(errors.New("the grant is gone"))
	}
	return it.outcome(At(s.now())), nil
}

func (it *Item) pending() opclient.Pending {
	return opclient.Pending{
		GrantEndpoint: it.GrantEndpoint,
		Nonce:         opclient.Secret(it.ClientNonce),
		Finish:        opclient.Secret(it.ServerNonce),
	}
}

// linkNotValid is the error for a link of this grant, with the way back to the
// app.
func (it *Item) linkNotValid(err error) *Error {
	e := linkNotValid(err)
	e.AppURL = encodeURL(it.ReturnURL)
	return e
}

func linkNotValid(err error) *Error {
	return &Error{Code: CodeLinkNotValid, Err: err,
		Detail: "This link does not belong to a consent that is being given. Go back to the app and start again."}
}
