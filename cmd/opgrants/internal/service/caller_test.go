package service

import (
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/power"
)

func TestACallerHasThePowersOfItsToken(t *testing.T) {
	identify := caller(&config.Serve{Tokens: config.Tokens{
		{Owner: "shop", Value: "all-0123456789-abcdefgh", Powers: power.All()},
		{Owner: "shop", Value: "pay-0123456789-abcdefgh", Powers: power.Set{power.Payments}},
	}}, "http://127.0.0.1:8080")
	for token, want := range map[string]power.Set{"all-0123456789-abcdefgh": power.All(), "pay-0123456789-abcdefgh": {power.Payments}} {
		r := httptest.NewRequest("GET", "/grants", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		if i, err := identify(r); err != nil || i.Owner != "shop" || !slices.Equal(i.Powers, want) {
			t.Errorf("%s is %v, %v", token, i, err)
		}
	}
	r := httptest.NewRequest("GET", "/grants", nil)
	r.Header.Set("Authorization", "Bearer pay-0123456789-abcdefgx")
	if i, err := identify(r); err == nil || i.Powers != nil {
		t.Errorf("a guess is %v", i)
	}
}
