package pages

import "github.com/opgrants/opgrants/internal/grant"

// unknown is for a fault of ours, and for every code that says nothing to a
// person in a browser.
var unknown = Message{Heading: "Something went wrong",
	Text: "This is our fault, not yours, and the permission could not be confirmed. Go back to the app and start again, or try later."}

// startAgain ends what cannot be mended at the link itself.
const startAgain = " Go back to the app and start again."

// problems by code: those of [grant.Error], of [grant.Failure] and of a finish
// redirect without a hash.
var problems = map[string]Message{
	grant.CodeLinkNotValid: {Heading: "This link is not valid",
		Text: "It is not the one that your wallet gave you, or it has been used or changed." + startAgain},
	grant.CodeNotFound: {Heading: "Nothing here",
		Text: "No request for permission belongs to this link: it may be incomplete, or too old." + startAgain},
	grant.CodeBusy: {Heading: "One moment", Tone: Wait,
		Text: "This permission is being worked on. The page reloads by itself; if it does not, reload it in a minute."},

	grant.CodeRejected: {Heading: "Permission not given", Tone: Refused,
		Text: "The request was refused in your wallet, so nothing will be paid. If that was a mistake, start again in the app."},
	grant.CodeExpired: {Heading: "Too late",
		Text: "The time to answer this request has run out, so nothing will be paid." + startAgain},
	grant.CodeRevoked: {Heading: "Permission withdrawn", Tone: Refused,
		Text: "This permission has been withdrawn and can no longer be used. To give it again, start again in the app."},
	grant.CodeFailed: failed,

	grant.CodeWalletRefused: failed,
	grant.CodeWalletInvalid: failed,
	grant.CodeWalletTimeout: {Heading: "Your wallet is slow",
		Text: "It did not confirm the permission in time. Reload this page in a minute; if that does not help, start again in the app."},
	grant.CodeWalletUnreachable: {Heading: "Your wallet cannot be reached",
		Text: "The permission could not be confirmed with it. Reload this page in a minute; if that does not help, start again in the app."},
	grant.CodeKeyRefused: tryLater,
	grant.CodeKeyMissing: tryLater,
	grant.CodeKeyInvalid: tryLater,
	grant.CodeStore:      tryLater,

	grant.FailureRefused: failed,
	grant.FailureOutcomeUnknown: {Heading: "That did not work",
		Text: "The answer of your wallet got lost, so the permission was cancelled and nothing will be paid." + startAgain},
	grant.FailureNeverClaimed: {Heading: "Permission cancelled",
		Text: "The app did not take up this permission in time, so it was cancelled and nothing will be paid." + startAgain},

	// What the wallet says when nobody answered its question.
	grant.FailureLeft: {Heading: "Permission not given", Tone: Refused,
		Text: "You left your wallet before answering, so nothing will be paid." + startAgain},
	grant.FailureInteractionExpired: {Heading: "Too late",
		Text: "The time to answer in your wallet has run out, so nothing will be paid." + startAgain},
	grant.FailureInteractionUnknown: {Heading: "That did not work",
		Text: "Your wallet does not know this request any more, so nothing will be paid." + startAgain},
}

var failed = Message{Heading: "That did not work",
	Text: "Your wallet did not confirm the permission, so nothing will be paid." + startAgain}

var tryLater = Message{Heading: "Not possible at the moment",
	Text: "This is our fault, not yours. Reload this page in a minute; if that does not help, start again in the app later."}
