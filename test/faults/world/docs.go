// Package world has a wallet, a service, a browser and an app for tests that look
// for faults. Time in it passes only when somebody waits, so that a test of hours
// takes milliseconds. It checks every answer, and what is left at the end, against
// the rules in ARCHITECTURE.md.
package world
