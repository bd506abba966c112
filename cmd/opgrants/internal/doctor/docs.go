// Package doctor checks whether a key, a wallet address, the settings of the service
// and a running deployment fit together. It says of each check what is wrong, and the
// command that mends it.
package doctor
