// Package netguard is the HTTP transport for URLs that come from outside, such
// as a wallet address that a user typed. It dials public addresses only, and
// looks at the address after DNS, when the connection is made, so that no name
// can lead into the network that this program runs in. It uses no proxy of the
// environment, no connection that was idle for long, and repeats no request.
package netguard
