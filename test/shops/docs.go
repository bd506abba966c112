// Package shops runs the shops in examples/ against the service and a sandbox, with
// a real browser.
package shops
