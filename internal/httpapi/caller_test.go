package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
)

func TestEachRouteOfAnAppNeedsItsPower(t *testing.T) {
	used := map[power.Power]bool{}
	for _, r := range httpapi.Routes() {
		if (r.Caller == httpapi.App) != (r.Power != "") || r.Power != "" && !power.All().Has(r.Power) {
			t.Errorf("%s needs the power %q of %s", r.Key(), r.Power, r.Caller)
		}
		if r.Caller != httpapi.App {
			continue
		}
		used[r.Power] = true
		others := slices.DeleteFunc(power.All(), func(p power.Power) bool { return p == r.Power })
		for _, powers := range []power.Set{nil, others, {r.Power}} {
			g := someGrants()
			a := api(g)
			a.Caller = func(*http.Request) (httpapi.Identity, error) {
				return httpapi.Identity{Owner: "shop", Powers: powers}, nil
			}
			got := do(a.Handler(), request(r.Method, path(r)+query(r), body(r)))
			if powers.Has(r.Power) {
				if got.StatusCode >= 300 || len(g.calls) != 1 || g.calls[0].Owner != "shop" {
					t.Errorf("%s with %s: %d, asked %v", r.Key(), powers, got.StatusCode, g.calls)
				}
				continue
			}
			p := readProblem(t, got)
			if p.Status != 403 || p.Code != "not_permitted" || len(g.calls) != 0 {
				t.Errorf("%s with %s: %+v, asked %v", r.Key(), powers, p, g.calls)
			}
			if !strings.Contains(p.Detail, "needs the power "+string(r.Power)+".") || !strings.Contains(p.Detail, powers.String()) {
				t.Errorf("%s with %s: %s", r.Key(), powers, p.Detail)
			}
		}
	}
	for _, p := range power.All() {
		if !used[p] {
			t.Errorf("no route needs %s", p)
		}
	}
}

// The power is checked before the grant is looked for, so that nobody learns
// which grants exist.
func TestWithoutThePowerNoIDIsLookedFor(t *testing.T) {
	a := api(someGrants())
	a.Caller = func(*http.Request) (httpapi.Identity, error) { return httpapi.Identity{Owner: "shop"}, nil }
	if p := readProblem(t, do(a.Handler(), request("GET", "/grants/no-id", ""))); p.Code != "not_permitted" {
		t.Errorf("%+v", p)
	}
}
