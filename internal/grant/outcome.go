package grant

import (
	"net/url"
	"time"
)

// An Outcome is what the browser gets at the finish link.
type Outcome struct {
	Redirect string // 303 to the app; empty: a page
	Page     Page
	Code     string        // of the failure, for PageFailed
	Refresh  time.Duration // the page asks again after this; 0: it does not
	AppURL   string        // the app's page that the page leads back to; empty: unknown
}

// A Page is one that a person sees at the finish link.
type Page string

// The pages. Any other end of a finish is an [Error].
const (
	PageGranted  Page = "granted"  // the user consented; the grant has no returnUrl
	PageFinished Page = "finished" // the user consented before: go back to the app
	PageRejected Page = "rejected" // the user refused
	PageFailed   Page = "failed"   // Code says why
	PageMoment   Page = "moment"   // not yet: Refresh
)

// outcome returns what the browser gets for a grant that has passed its finish.
func (it *Item) outcome(now Instant) *Outcome {
	status := it.Status
	if it.Ending != "" {
		status = it.Ending
	}
	switch {
	case it.Failure != nil:
		return it.toApp(PageFailed, it.Failure.Code)
	case status == Revoked:
		return it.toApp(PageFailed, CodeRevoked)
	case status == Rejected:
		return it.toApp(PageRejected, CodeRejected)
	case status == Expired:
		return it.toApp(PageFailed, FailureInteractionExpired)
	case status == Granted && it.ReturnURL == "":
		return it.page(PageGranted, 0)
	case status == Granted && now <= it.claimBefore():
		return &Outcome{Redirect: returnTo(it.ReturnURL, url.Values{"status": {"granted"}, "code": {it.code()}})}
	case status == Granted:
		return it.page(PageFinished, 0)
	default:
		return it.page(PageMoment, longestLook)
	}
}

// page returns a page with the way back to the app.
func (it *Item) page(page Page, refresh time.Duration) *Outcome {
	return &Outcome{Page: page, Refresh: refresh, AppURL: encodeURL(it.ReturnURL)}
}

// toApp returns to the app how the grant ended without consent, or shows it to
// the user when there is no page of the app to go to.
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
