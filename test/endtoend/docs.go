// Package endtoend tests the service whole: its HTTP interface, a store, the
// signed client and a wallet on a real network, many at once and with crashes in
// between. Nothing of it is used outside of tests.
package endtoend
