package grant

import (
	"context"
	"log/slog"
	"net/url"
)

// finishUnhashed takes a return that nothing authenticates. It passes on to the
// app what the wallet seems to say, and changes nothing but pending to rejected: a
// good hash that comes later still wins. See rule 2 in ARCHITECTURE.md.
func (s *Service) finishUnhashed(ctx context.Context, it *Item, query url.Values) (*Outcome, error) {
	if !it.isOpen() || len(query["result"]) != 1 {
		return nil, it.linkNotValid(nil)
	}
	switch query.Get("result") {
	case "":
		return nil, it.linkNotValid(nil)
	case "grant_rejected":
		return s.rejectByHint(ctx, it)
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
	// A result of another wallet, or of a later version: the interaction is over,
	// without consent.
	return it.toApp(PageFailed, FailureLeft), nil
}

// isOpen reports whether a return that nothing authenticates leads back to the
// app: while the grant is pending or rejected.
func (it *Item) isOpen() bool {
	return it.Ending == "" && (it.Status == Pending || it.Status == Rejected)
}

// rejectByHint saves that the user seems to have refused, unless a good hash has
// come: that beats this hint.
func (s *Service) rejectByHint(ctx context.Context, it *Item) (*Outcome, error) {
	for it.state() == statePending && len(it.RefHash) == 0 {
		w := s.change(ctx, it, reject(s.now()))
		switch w.Kind {
		case saved:
			it = w.Stored
			s.log().InfoContext(ctx, "grant rejected", slog.String("grant_id", it.ID))
			s.count(ctx, GrantRejected, "")
		case lost:
			if w.Stored == nil || !w.Stored.isOpen() {
				return nil, it.linkNotValid(nil)
			}
			it = w.Stored
		case unknown:
			return nil, writeError(w.Err)
		}
	}
	return it.toApp(PageRejected, CodeRejected), nil
}
