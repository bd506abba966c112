package pages

import "github.com/opgrants/opgrants/internal/grant"

// Problem returns the page for a code of a [grant.Error] or a [grant.Failure].
func Problem(code string, v View) []byte {
	m, ok := problems[code]
	if !ok {
		m = unknown
	}
	m.Code = code
	return m.document(v)
}

const (
	// startAgain ends a page whose link cannot lead to a permission any more.
	startAgain = " Go back to the app and start again."
	// retrying ends a page that loads again by itself.
	retrying = "This page tries again by itself for a few minutes. If that does not help, start again in the app later."
	// retryLater ends a page whose link may work later.
	retryLater = "Load this page again in a few minutes. If that does not help, start again in the app later."
)

// problems by code.
var problems = map[string]Message{
	grant.CodeLinkNotValid: {Heading: "This link is not valid",
		Text: "Your wallet did not make this link, or the link was used or changed." + startAgain},
	grant.CodeNotFound: {Heading: "Page not found",
		Text: "This link is incomplete or too old." + startAgain},
	grant.CodeBusy: {Heading: "One moment", Tone: Wait,
		Text:      "This permission is being confirmed or changed at the moment.",
		ifReloads: "This page loads again by itself.", ifNot: "Load this page again in a minute."},

	grant.CodeRejected: rejected,
	grant.CodeExpired:  expired,
	grant.CodeRevoked:  revoked,
	grant.CodeFailed:   failed,

	grant.CodeWalletRefused: failed,
	grant.CodeWalletInvalid: failed,
	grant.CodeWalletTimeout: {Heading: "Your wallet is slow",
		Text: "It did not confirm the permission in time.", ifReloads: retrying, ifNot: retryLater},
	grant.CodeWalletUnreachable: {Heading: "Your wallet is not available",
		Text: "It could not confirm the permission.", ifReloads: retrying, ifNot: retryLater},
	grant.CodeKeyRefused:     unavailable,
	grant.CodeKeyMissing:     unavailable,
	grant.CodeKeyInvalid:     unavailable,
	grant.CodeKeyUnavailable: unavailable,
	grant.CodeStore:          unavailable,

	grant.FailureLeft: {Heading: "Permission not given", Tone: Refused,
		Text: "Your wallet says that this ended without an answer, so the app did not get the permission." + startAgain},
	grant.FailureInteractionExpired: expired,
	grant.FailureInteractionUnknown: {Heading: "That did not work",
		Text: "Your wallet no longer knows this request, so the app did not get the permission." + startAgain},
	grant.FailureRefused: failed,
	grant.FailureOutcomeUnknown: {Heading: "That did not work",
		Text: "Your wallet's answer could not be used, so the permission is cancelled." + startAgain},
	grant.FailureNeverClaimed: {Heading: "Permission cancelled",
		Text: "The app did not use this permission in time, so it was cancelled." + startAgain},
	grant.FailureTokenLost: {Heading: "Permission cancelled",
		Text: "Your wallet no longer accepts this permission, so it was cancelled." + startAgain},
	grant.FailureRevoked: revoked,
	grant.FailureSubject: {Heading: "Another wallet address",
		Text: "Your wallet confirmed another wallet address than the one that the app asked for, so the app got neither." + startAgain},
}

// unknown is for internal errors, and for every code that a person in a browser
// does not meet.
var unknown = Message{Heading: "Something went wrong",
	Text: "This is our fault, not yours: the permission could not be confirmed. Start again in the app, now or later."}

// failed is for a wallet that did not do its part.
var failed = Message{Heading: "That did not work",
	Text: "Your wallet did not confirm the permission, so the app did not get it." + startAgain}

// unavailable is for a fault of ours that may pass. The link stays valid.
var unavailable = Message{Heading: "Not possible at the moment",
	Text: "This is our fault, not yours.", ifReloads: retrying, ifNot: retryLater}

var revoked = Message{Heading: "Permission withdrawn", Tone: Refused,
	Text: "This permission was withdrawn and can no longer be used. To give it again, start again in the app."}

var expired = Message{Heading: "Too late",
	Text: "The time to answer in your wallet is over, so the app did not get the permission." + startAgain}
