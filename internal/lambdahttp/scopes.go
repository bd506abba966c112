package lambdahttp

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/internal/power"
)

// jwtPowers returns the powers of a JWT: those for which it has the scope, and
// those that need none.
func (a authorizer) jwtPowers(needed map[power.Power]string) (powers power.Set) {
	scopes := a.scopes()
	for _, p := range power.All() {
		if scope, needs := needed[p]; !needs || slices.Contains(scopes, scope) {
			powers = append(powers, p)
		}
	}
	return powers
}

// scopes returns the scopes of the JWT, from the claims that API Gateway reads
// them from: scope, one text with spaces (RFC 8693 section 4.2), and scp, a list
// in the token. API Gateway passes a list on as the text "[a b]", and emulators
// as a list.
func (a authorizer) scopes() (all []string) {
	for _, name := range []string{"scope", "scp"} {
		var list []string
		if json.Unmarshal(a.JWT.Claims[name], &list) == nil {
			all = append(all, list...)
			continue
		}
		text := a.claim(name)
		if inner, ok := strings.CutPrefix(text, "["); ok {
			text = strings.TrimSuffix(inner, "]")
		}
		all = append(all, strings.Fields(text)...)
	}
	return all
}
