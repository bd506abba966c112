package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/pkg/opclient"
)

func TestTokens(t *testing.T) {
	const other = "fedcba9876543210fedcba9876543210"
	tests := []struct {
		name, value string
		owners      map[string]string // token to owner
		says        string            // "" when it is fine
	}{
		{name: "a bare token is the default owner's", value: token, owners: map[string]string{token: "default"}},
		{name: "owners by name", value: "shop:" + token + ", pay:" + other, owners: map[string]string{token: "shop", other: "pay"}},
		{name: "an owner may have two", value: "shop:" + token + ",shop:" + other, owners: map[string]string{token: "shop", other: "shop"}},
		{name: "base64 with padding", value: "shop:AbCdEfGhIjKlMnOpQrSt+/==", owners: map[string]string{"AbCdEfGhIjKlMnOpQrSt+/==": "shop"}},
		{name: "one token for two owners", value: "shop:" + token + ",pay:" + token, says: "twice"},
		{name: "a short token", value: "shop:" + token[:21], says: "at least 22"},
		{name: "a token with a space", value: "shop:" + token[:16] + " " + token[16:], says: "RFC 6750"},
		{name: "no token", value: "shop:", says: "RFC 6750"},
		{name: "no name", value: ":" + token, says: "name of entry 1"},
		{name: "a name with a space", value: "my shop:" + token, says: "name of entry 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve()
			s.APIToken = opclient.Secret(tt.value)
			err := s.Check()
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "API_TOKEN") {
					t.Fatalf("%v does not say %q", err, tt.says)
				}
				if strings.Contains(err.Error(), token[:8]) {
					t.Errorf("the message repeats the token: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for token, owner := range tt.owners {
				if got, ok := s.Tokens.Find(token); !ok || got.Owner != owner {
					t.Errorf("the token is %q's (%v), want %q", got.Owner, ok, owner)
				}
			}
		})
	}
}

func TestAnUnknownTokenHasNoOwner(t *testing.T) {
	tokens := config.Tokens{{Owner: "shop", Value: token, Powers: power.All()}}
	for _, unknown := range []string{"", token[:31], token + "0", strings.ToUpper(token)} {
		if found, ok := tokens.Find(unknown); ok || found.Owner != "" || found.Powers != nil {
			t.Errorf("%q is %q's", unknown, found.Owner)
		}
	}
	if _, ok := config.Tokens(nil).Find(""); ok {
		t.Error("the empty token has an owner")
	}
}

func TestTheThirdPartOfATokenLimitsItsPowers(t *testing.T) {
	for entry, want := range map[string]power.Set{
		token:                                 power.All(),
		"shop:" + token:                       power.All(),
		"shop:" + token + ":grants":           {power.Grants},
		"shop:" + token + ":payments":         {power.Payments},
		"shop:" + token + ": tokens  grants ": {power.Tokens, power.Grants},
		"shop:" + token + ":grants grants":    {power.Grants},
	} {
		s := serve()
		s.APIToken = opclient.Secret(entry)
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", entry, err)
		}
		if found, _ := s.Tokens.Find(token); !slices.Equal(found.Powers, want) {
			t.Errorf("%s has the powers %v, want %v", entry, found.Powers, want)
		}
	}
}
