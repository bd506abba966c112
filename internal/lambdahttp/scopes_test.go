package lambdahttp_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/lambdahttp"
	"github.com/opgrants/opgrants/internal/power"
)

func TestTheScopesOfAJWTAreItsPowers(t *testing.T) {
	all := map[power.Power]string{power.Grants: "shop/grants", power.Payments: "shop/payments", power.Tokens: "shop/tokens"}
	for name, tc := range map[string]struct {
		needed map[power.Power]string
		claims string
		want   power.Set
	}{
		"scope with one":                      {all, `{"scope":"shop/grants"}`, power.Set{power.Grants}},
		"scope with two and others":           {all, `{"scope":"openid shop/tokens  shop/payments"}`, power.Set{power.Payments, power.Tokens}},
		"scp as a text":                       {all, `{"scp":"shop/payments"}`, power.Set{power.Payments}},
		"scp as API Gateway writes a list":    {all, `{"scp":"[shop/payments shop/grants]"}`, power.Set{power.Grants, power.Payments}},
		"scp as a list":                       {all, `{"scp":["shop/tokens"]}`, power.Set{power.Tokens}},
		"both":                                {all, `{"scope":"shop/grants","scp":["shop/tokens"]}`, power.Set{power.Grants, power.Tokens}},
		"none":                                {all, `{}`, nil},
		"a scope that only begins like one":   {all, `{"scope":"shop/payments.read shop/grant"}`, nil},
		"a scope in other letters":            {all, `{"scope":"SHOP/PAYMENTS"}`, nil},
		"a scope that is a number":            {all, `{"scope":7}`, nil},
		"only payments need a scope":          {map[power.Power]string{power.Payments: "pay"}, `{}`, power.Set{power.Grants, power.Tokens}},
		"only payments need one, it is there": {map[power.Power]string{power.Payments: "pay"}, `{"scope":"pay"}`, power.All()},
		"no scope is configured":              {nil, `{"scope":"openid"}`, power.All()},
	} {
		t.Run(name, func(t *testing.T) {
			var claims map[string]any
			if err := json.Unmarshal([]byte(tc.claims), &claims); err != nil {
				t.Fatal(err)
			}
			claims["iss"], claims["sub"] = "https://id.example", "4711"
			payload, err := json.Marshal(map[string]any{"version": "2.0", "rawPath": "/grants", "requestContext": map[string]any{
				"http": map[string]any{"method": "GET"}, "authorizer": map[string]any{"jwt": map[string]any{"claims": claims}}}})
			if err != nil {
				t.Fatal(err)
			}
			var got httpapi.Identity
			answer(t, func(_ http.ResponseWriter, r *http.Request) {
				got, err = lambdahttp.Caller(lambdahttp.CallerOptions{Scopes: tc.needed})(r)
			}, payload)
			if err != nil || !slices.Equal(got.Powers, tc.want) {
				t.Errorf("%v, %v; want %v", got.Powers, err, tc.want)
			}
		})
	}
}
