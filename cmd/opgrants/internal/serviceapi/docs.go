// Package serviceapi calls the service over its HTTP interface, as any app does: with
// the service's URL and a bearer token, and without a key.
package serviceapi
