package httpapi

import (
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/power"
)

// An Identity is who calls, and what the caller may do.
type Identity struct {
	Owner  string    // of what the caller asks for or makes
	Caller string    // who it is more exactly, for the log: an ARN, or the sub of a token; empty: the owner says it all
	Powers power.Set // nil: none
}

// checkPower returns the 403 of a caller that may not use a route. It names the
// powers that the caller has, so that a person sees which credentials were used.
func checkPower(i Identity, needed power.Power) error {
	if i.Powers.Has(needed) {
		return nil
	}
	return &grant.Error{Code: codeNotPermitted, Detail: "This needs the power " + string(needed) +
		". Your credentials have: " + i.Powers.String() + ". Use others, or ask the operator of this service for the power."}
}
