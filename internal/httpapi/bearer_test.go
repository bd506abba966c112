package httpapi_test

import (
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/opgrants/opgrants/internal/httpapi"
)

func TestBearerCaller(t *testing.T) {
	caller := httpapi.BearerCaller(func(token string) (httpapi.Identity, bool) {
		owner, ok := map[string]string{"s3cr3t": "shop", "oth3r": "bakery", "": "nobody"}[token]
		return httpapi.Identity{Owner: owner}, ok
	})
	for name, tc := range map[string]struct {
		authorization []string
		owner         string
		challenge     string
	}{
		"a known token":                {[]string{"Bearer s3cr3t"}, "shop", ""},
		"another's token":              {[]string{"Bearer oth3r"}, "bakery", ""},
		"a scheme in another case":     {[]string{"bearer s3cr3t"}, "shop", ""},
		"more than one space":          {[]string{"Bearer   s3cr3t"}, "shop", ""},
		"no header":                    {nil, "", "Bearer"},
		"another scheme":               {[]string{"Basic s3cr3t"}, "", "Bearer"},
		"a token without a scheme":     {[]string{"s3cr3t"}, "", "Bearer"},
		"a scheme without a token":     {[]string{"Bearer"}, "", "Bearer"},
		"an empty token":               {[]string{"Bearer "}, "", "Bearer"},
		"a guess":                      {[]string{"Bearer s3cr3"}, "", `Bearer error="invalid_token"`},
		"two headers, the first known": {[]string{"Bearer s3cr3t", "Bearer guess"}, "", "Bearer"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/grants", nil)
			r.Header["Authorization"] = tc.authorization
			i, err := caller(r)
			if i.Owner != tc.owner || (err == nil) != (tc.owner != "") {
				t.Fatalf("got %q, %v", i.Owner, err)
			}
			var who *httpapi.Unauthenticated
			if errors.As(err, &who) && (who.Challenge != tc.challenge || who.Detail == "") {
				t.Errorf("got %+v", who)
			}
		})
	}
}
