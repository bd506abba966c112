// Package sandbox is a wallet to try and to test Open Payments clients against:
// wallet addresses with their keys, a GNAP authorization server (RFC 9635), and
// a consent page in the browser. No money moves, and everything is kept in
// memory.
//
// It behaves as the reference implementation (Rafiki) was measured to behave,
// its quirks included, so that a client that works here works there:
//
//   - A Content-Digest is compared with the body parsed and written again as
//     JavaScript's JSON.stringify does, not with the bytes that were sent.
//   - The signature's label is exactly sig1, it is the only one, and covers none
//     of @authority, @path, @scheme and @query. How old it is, is not looked at,
//     nor whether it was seen before.
//   - The client's keys are read anew for every signed request.
//   - Neither amounts nor the interval are validated.
//   - An interact_ref works once, but continues that run at the same time each
//     get a token, and who opens the server's finish page again approves the
//     grant again.
//   - A cancel while a continue runs can leave a token that works.
//   - The finish hash is in padded standard base64.
//
// The answers are worded as that server words them, too short to be of help; why
// a request was refused is told to [Config.Log].
//
// [Start] runs a server of its own, [New] makes a handler to be mounted. What a
// person does in the browser, tests do with [Server.Approve] and
// [Server.Refuse].
package sandbox
