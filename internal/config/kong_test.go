package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/internal/config"
)

func TestServeReadsFlagsBeforeTheEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"PUBLIC_URL": "https://api.example", "RETURN_URLS": "https://a.example/x,https://b.example",
		"ALLOW_UNBOUND_GRANTS": "true", "INSECURE_ALLOW_LOCAL": "true", "WALLET_ADDRESS": "https://wallet.example/env",
		"KEY_ID": "key-1", "PRIVATE_KEY_PATH": "/key.pem", "DATA_FILE": "/grants.db", "POWERTOOLS_LOG_LEVEL": "ERROR",
		"PAYEES": "$a.example/x,https://b.example/y", "PAYMENTS": "off", "PRIVATE_KEY": "secret", "API_TOKEN": "secret",
	} {
		t.Setenv(name, value)
	}
	var s config.Serve
	parse(t, &s, "--wallet-address", "https://wallet.example/flag", "--listen", "127.0.0.1:0")
	if s.PublicURL != "https://api.example" || !s.AllowUnboundGrants || !s.InsecureAllowLocal || s.KeyID != "key-1" ||
		s.PrivateKeyPath != "/key.pem" || s.DataFile != "/grants.db" || s.LogLevel != "ERROR" ||
		!slices.Equal(s.Payees, []string{"$a.example/x", "https://b.example/y"}) || !s.PaymentsOff() ||
		!slices.Equal(s.ReturnURLs, []string{"https://a.example/x", "https://b.example"}) {
		t.Errorf("the environment is not read: %+v", s)
	}
	if s.WalletAddress != "https://wallet.example/flag" || s.Listen != "127.0.0.1:0" {
		t.Errorf("the flags do not win: %+v", s)
	}
}

func TestASecretIsNoArgument(t *testing.T) {
	for _, flag := range []string{"--private-key", "--api-token"} {
		var s config.Serve
		_, err := parser(t, &s).Parse([]string{flag, "secret"})
		if err == nil || !strings.Contains(err.Error(), "unknown flag") {
			t.Errorf("%s: %v", flag, err)
		}
	}
}

func parse(t *testing.T, s *config.Serve, args ...string) {
	t.Helper()
	if _, err := parser(t, s).Parse(args); err != nil {
		t.Fatal(err)
	}
}

func parser(t *testing.T, s *config.Serve) *kong.Kong {
	t.Helper()
	k, err := kong.New(s, kong.Name("serve"), kong.Exit(func(int) { t.Error("it exits") }))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
