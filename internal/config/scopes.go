package config

import (
	"strings"

	"github.com/opgrants/opgrants/internal/pattern"
	"github.com/opgrants/opgrants/internal/power"
)

// scopes returns the scope that a JSON Web Token needs for each power, from
// JWT_SCOPE_GRANTS, JWT_SCOPE_PAYMENTS and JWT_SCOPE_TOKENS. A power whose
// variable is not set has no entry: every token of the issuer has it.
func (e env) scopes() map[power.Power]string {
	var all map[power.Power]string
	for _, p := range power.All() {
		name := "JWT_SCOPE_" + strings.ToUpper(string(p))
		scope := e.value(name)
		switch {
		case scope == "":
			continue
		case !scopeToken().MatchString(scope):
			e.problems.add(name, "is %s, which is not one scope: visible ASCII characters without a space, a quote or a backslash", Describe(scope))
		}
		if all == nil {
			all = map[power.Power]string{}
		}
		all[p] = scope
	}
	return all
}

// scopeToken is a scope of RFC 6749 section 3.3.
var scopeToken = pattern.New(`^[\x21\x23-\x5B\x5D-\x7E]+$`)
