// Package signingkey is the private key that the service signs its requests to
// wallets with: where it comes from ([Source]), and a [Client] that reads it
// when it is first needed, and again when a wallet no longer accepts it, so
// that a key can be replaced without a redeploy. Nothing here prints a key.
package signingkey
