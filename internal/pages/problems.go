package pages

import "github.com/opgrants/opgrants/internal/grant"

// unknown is for a fault of ours, and for every code that says nothing to a
// person in a browser.
var unknown = Message{Heading: "Something went wrong",
	Text: "This is our fault, not yours: the permission could not be confirmed. Start again in the app, now or later."}

// failed is for a wallet that did not do its part.
var failed = Message{Heading: "That did not work",
	Text: "Your wallet did not confirm the permission, so the app did not get it." + startAgain}

// tryLater is for what may pass: the link stays good meanwhile.
var tryLater = Message{Heading: "Not possible at the moment",
	Text: "This is our fault, not yours." + triesAgain}

// triesAgain ends what comes with a Refresh.
const triesAgain = " The page tries again by itself; if that does not help within a minute, start again in the app later."

// startAgain ends what cannot be mended at the link itself.
const startAgain = " Go back to the app and start again."

// problems by code: those of a [grant.Error] and of a [grant.Failure].
var problems = map[string]Message{
	grant.CodeLinkNotValid: {Heading: "This link is not valid",
		Text: "It is not the one that your wallet gave you, or it has been used or changed." + startAgain},
	grant.CodeNotFound: {Heading: "Nothing here",
		Text: "No request for permission belongs to this link: it may be incomplete, or too old." + startAgain},
	grant.CodeBusy: {Heading: "One moment", Tone: Wait,
		Text: "This permission is being worked on. The page reloads by itself; if it does not, reload it in a minute."},

	grant.CodeRejected: rejected,
	grant.CodeExpired:  tooLate,
	grant.CodeRevoked:  withdrawn,
	grant.CodeFailed:   failed,

	grant.CodeWalletRefused: failed,
	grant.CodeWalletInvalid: failed,
	grant.CodeWalletTimeout: {Heading: "Your wallet is slow",
		Text: "It did not confirm the permission in time." + triesAgain},
	grant.CodeWalletUnreachable: {Heading: "Your wallet cannot be reached",
		Text: "It could not confirm the permission." + triesAgain},
	grant.CodeKeyRefused:     tryLater,
	grant.CodeKeyMissing:     tryLater,
	grant.CodeKeyInvalid:     tryLater,
	grant.CodeKeyUnavailable: tryLater,
	grant.CodeStore:          tryLater,

	grant.FailureLeft: {Heading: "Permission not given", Tone: Refused,
		Text: "You left your wallet before answering, so the app did not get the permission." + startAgain},
	grant.FailureInteractionExpired: tooLate,
	grant.FailureInteractionUnknown: {Heading: "That did not work",
		Text: "Your wallet does not know this request any more, so the app did not get the permission." + startAgain},
	grant.FailureRefused: failed,
	grant.FailureOutcomeUnknown: {Heading: "That did not work",
		Text: "The answer of your wallet got lost, so the permission was cancelled." + startAgain},
	grant.FailureNeverClaimed: {Heading: "Permission cancelled",
		Text: "The app did not take up this permission in time, so it was cancelled." + startAgain},
	grant.FailureTokenLost: {Heading: "Permission cancelled",
		Text: "Your wallet no longer accepts what it had given for this permission, so it was cancelled." + startAgain},
	grant.FailureRevoked: withdrawn,
	grant.FailureSubject: {Heading: "Another wallet address",
		Text: "Your wallet confirmed another wallet address than the one that the app asked for, so the app got neither." + startAgain},
}

var withdrawn = Message{Heading: "Permission withdrawn", Tone: Refused,
	Text: "This permission was withdrawn and can no longer be used. To give it again, start again in the app."}

var rejected = Message{Heading: "Permission not given", Tone: Refused,
	Text: "Your wallet says that the request was refused, so the app did not get the permission. If that was a mistake, start again in the app."}

var tooLate = Message{Heading: "Too late",
	Text: "The time to answer in your wallet has run out, so the app did not get the permission." + startAgain}
