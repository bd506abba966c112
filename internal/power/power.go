// Package power names what a caller of the service may do.
package power

import (
	"slices"
	"strings"
)

// A Power lets a caller use some of the routes.
type Power string

// The powers. A caller that may only ask for grants cannot pay, and one that may
// only pay gets no access token.
const (
	Grants   Power = "grants"   // ask for grants, read, claim and revoke them
	Payments Power = "payments" // make and read payments, read what is spent
	Tokens   Power = "tokens"   // get access tokens, to sign requests to wallets itself
)

// A Set is the powers of one caller. nil: none.
type Set []Power

// All returns every power.
func All() Set { return Set{Grants, Payments, Tokens} }

// Parse returns the power of that name.
func Parse(name string) (p Power, ok bool) {
	p = Power(name)
	return p, All().Has(p)
}

// Has reports whether p is in the set.
func (s Set) Has(p Power) bool { return slices.Contains(s, p) }

// String returns the names for a sentence: "grants, tokens", or "none".
func (s Set) String() string {
	if len(s) == 0 {
		return "none"
	}
	names := make([]string, len(s))
	for i, p := range s {
		names[i] = string(p)
	}
	return strings.Join(names, ", ")
}
