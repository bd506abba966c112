package pages

import "github.com/opgrants/opgrants/internal/grant"

// Outcome returns the page of a finish that does not redirect to the app. code is
// the code of the failure, for [grant.PageFailed].
func Outcome(page grant.Page, code string, v View) []byte {
	if m, ok := outcomes[page]; ok {
		return m.document(v)
	}
	return Problem(code, v)
}

// Unopened returns the page for a request that no person made: a HEAD request or
// a prefetch. A person who sees it has not used up the link.
func Unopened(v View) []byte { return unopened.document(v) }

var outcomes = map[grant.Page]Message{
	grant.PageGranted: {Heading: "Permission given", Tone: Good,
		Text: "You allowed these payments in your wallet. You can close this page and go back to where you started."},
	grant.PageFinished: {Heading: "Already finished", Tone: Good,
		Text: "You have already answered this request, and this link cannot be used again. Go back to the app to continue."},
	grant.PageRejected: rejected,
	grant.PageMoment: {Heading: "One moment", Tone: Wait,
		Text:      "Your wallet has not confirmed the permission yet.",
		ifReloads: "This page loads again by itself.",
		ifNot:     "Load this page again in a few minutes. If that does not help, go back to the app and start again."},
}

var unopened = Message{Heading: "One moment", Tone: Wait,
	Text:      "This page was loaded before you opened it.",
	ifReloads: "It loads again by itself.",
	ifNot:     "Load it again to continue."}

var rejected = Message{Heading: "Permission not given", Tone: Refused,
	Text: "Your wallet says that the request was refused, so the app did not get the permission. If that was a mistake, start again in the app."}
