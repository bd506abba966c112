// Package model compares the service with a model of it: random histories of
// callers who come one after the other, at once, and in the middle of each other,
// of writes that are lost, of wallets that fail, and of time that passes.
package model
