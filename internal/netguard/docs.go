// Package netguard is the HTTP transport for URLs that come from outside, such
// as a wallet address that a user typed. It dials public addresses only, and
// checks the address after DNS, when the connection is made, so that no name can
// lead into the network that this program runs in. It ignores the proxies of the
// environment, uses no connection that was idle for long, and never repeats a
// request.
package netguard
