// Package sandbox is a wallet to try and to test Open Payments clients against:
// wallet addresses with their keys, a GNAP authorization server (RFC 9635), a consent
// page in the browser, and a resource server at which payments move money from wallet
// to wallet. It is play money. Everything is kept in memory.
//
// It behaves as the reference implementation (Rafiki) was measured, its quirks
// included, so that a client that works here works there:
//
//   - A Content-Digest is compared with the body parsed and written again as
//     JavaScript's JSON.stringify does, not with the bytes that were sent.
//   - The signature's label is exactly sig1, it is the only one, and it covers none of
//     @authority, @path, @scheme and @query. The server checks neither the age of a
//     signature nor whether it was used before.
//   - The client's keys are read anew for every signed request.
//   - Neither amounts nor the interval of a grant request are validated. A payment
//     shows it: an amount or an interval that is malformed is a 500.
//   - An interact_ref works once, but continues that run at the same time each get a
//     token, and a browser that opens the server's finish page again approves the
//     grant again.
//   - A cancel while a continue runs can leave a token that works.
//   - The finish hash is in padded standard base64.
//   - A dead token is 403 "Inactive Token". An unknown resource is 401, and so is an
//     incoming payment that expired empty.
//   - A payment has sent nothing when it is created, and its spent amounts leave it
//     out. It has the id of its quote.
//   - A quote pays once. A payment from an incoming payment and a debitAmount pays as
//     often as a client asks.
//   - Two payments into one incoming payment both say that they sent all. What is more
//     than it asks for does not arrive.
//
// The answers have the words of that server, too short to be of help. [Config.Log]
// gets the reason why a request is refused.
//
// [Start] runs a server of its own, [New] returns a handler to mount. Tests do with
// [Server.Approve] and [Server.Refuse] what a person does in the browser. They read
// with [Server.Ledger] what really moved, whatever the wallets say.
//
// A wallet can decide for its user, see [Consent].
//
// Calls go wrong as a [Fault] says ([Server.Fail], [Faults]), and the payments of a
// wallet as a [Behavior] says ([Server.Behave], [Behaviors]). With [Config.Hostile] calls
// go wrong at random.
package sandbox
