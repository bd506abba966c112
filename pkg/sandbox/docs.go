// Package sandbox is a wallet to try and to test Open Payments clients against:
// wallet addresses with their keys, a GNAP authorization server (RFC 9635), a
// consent page in the browser, and a resource server at which payments move money
// from wallet to wallet. It is play money, and everything is kept in memory.
//
// It behaves as the reference implementation (Rafiki) does, its quirks included,
// so that a client that works here works there. Its authorization server was
// measured, its resource server read:
//
//   - A Content-Digest is compared with the body parsed and written again as
//     JavaScript's JSON.stringify does, not with the bytes that were sent.
//   - The signature's label is exactly sig1, it is the only one, and covers none
//     of @authority, @path, @scheme and @query. How old it is, is not looked at,
//     nor whether it was seen before.
//   - The client's keys are read anew for every signed request.
//   - Neither amounts nor the interval of a grant request are validated.
//   - An interact_ref works once, but continues that run at the same time each
//     get a token, and who opens the server's finish page again approves the
//     grant again.
//   - A cancel while a continue runs can leave a token that works.
//   - The finish hash is in padded standard base64.
//   - A created outgoing payment has sent nothing yet, and does not say whether
//     it will: read it. What it tells of the grant's spent amounts leaves it out.
//   - A quote pays once, and a payment that fails for want of money uses it up. A
//     payment from an incoming payment and a debitAmount pays as often as it is
//     asked for.
//   - Limits that make no sense show when a payment is made: an amount that is no
//     number is a 500, an interval that is none allows nothing.
//   - What is unknown is a 401, and an incoming payment that expires empty gets so.
//
// The answers are worded as that server words them, too short to be of help; why
// a request was refused is told to [Config.Log].
//
// [Start] runs a server of its own, [New] makes a handler to be mounted. What a
// person does in the browser, tests do with [Server.Approve] and
// [Server.Refuse]; what moved they see with [Server.Balance].
package sandbox
