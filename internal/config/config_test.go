package config_test

import (
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/power"
)

// deployed is the least that a function on AWS has.
func deployed(with map[string]string) func(string) string {
	env := map[string]string{
		"GRANTS_TABLE":       "grants",
		"SIGNING_KEY_SECRET": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf",
		"AWS_REGION":         "eu-west-1",
	}
	for name, value := range with {
		env[name] = value
	}
	return func(name string) string { return env[name] }
}

func TestAFunctionNeedsLittleAndTheRestHasDefaults(t *testing.T) {
	got, err := config.FromEnv(deployed(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		GrantsTable:      "grants",
		SigningKeySecret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf",
		Telemetry:        config.Telemetry{Service: "opgrants", Namespace: "opgrants", LogLevel: slog.LevelInfo},
		AWS:              config.AWS{Region: "eu-west-1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestEverySettingIsRead(t *testing.T) {
	got, err := config.FromEnv(deployed(map[string]string{
		"RETURN_URLS":                  "https://shop.example/thanks, http://localhost:3000/back,",
		"ALLOW_UNBOUND_GRANTS":         "true",
		"PAYEES":                       "$wallet.example/shop,https://wallet.example/shop,https://b.example/bakery",
		"PAYMENTS":                     "off",
		"JWT_SCOPE_GRANTS":             "opgrants/grants",
		"JWT_SCOPE_TOKENS":             "opgrants/tokens",
		"OWNER_BY":                     "role",
		"PUBLIC_URL":                   "https://api.example/base/",
		"INSECURE_ALLOW_LOCAL":         "true",
		"POWERTOOLS_SERVICE_NAME":      "consent",
		"POWERTOOLS_METRICS_NAMESPACE": "shop",
		"POWERTOOLS_LOG_LEVEL":         "warning",
		"AWS_ENDPOINT_URL":             "http://127.0.0.1:4566",
		"AWS_ENDPOINT_URL_DYNAMODB":    "http://127.0.0.1:8000",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		GrantsTable:        "grants",
		SigningKeySecret:   "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf",
		PublicURL:          "https://api.example/base",
		ReturnURLs:         []string{"https://shop.example/thanks", "http://localhost:3000/back"},
		AllowUnboundGrants: true,
		Payees:             []string{"https://wallet.example/shop", "https://b.example/bakery"},
		PaymentsOff:        true,
		JWTScopes:          map[power.Power]string{power.Grants: "opgrants/grants", power.Tokens: "opgrants/tokens"},
		OwnerByRole:        true,
		InsecureAllowLocal: true,
		Telemetry:          config.Telemetry{Service: "consent", Namespace: "shop", LogLevel: slog.LevelWarn},
		AWS: config.AWS{
			Region:                 "eu-west-1",
			DynamoDBEndpoint:       "http://127.0.0.1:8000",
			SecretsManagerEndpoint: "http://127.0.0.1:4566",
			KMSEndpoint:            "http://127.0.0.1:4566",
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAllThatIsWrongIsSaidAtOnceByName(t *testing.T) {
	env := map[string]string{
		"RETURN_URLS":          "https://shop.example/?a=b",
		"ALLOW_UNBOUND_GRANTS": "yes",
		"PAYEES":               "shop",
		"PAYMENTS":             "no",
		"JWT_SCOPE_TOKENS":     "a b",
		"OWNER_BY":             "user",
		"INSECURE_ALLOW_LOCAL": "1",
		"POWERTOOLS_LOG_LEVEL": "LOUD",
		"AWS_ENDPOINT_URL":     "localhost:4566",
	}
	_, err := config.FromEnv(func(name string) string { return env[name] }, "PUBLIC_URL")
	want := []string{
		"INSECURE_ALLOW_LOCAL", "GRANTS_TABLE", "PUBLIC_URL", "ALLOW_UNBOUND_GRANTS", "PAYMENTS", "JWT_SCOPE_TOKENS", "OWNER_BY",
		"POWERTOOLS_LOG_LEVEL", "AWS_REGION", "AWS_ENDPOINT_URL", "SIGNING_KEY_SECRET", "RETURN_URLS", "PAYEES",
	}
	if got := problemNames(t, err); !slices.Equal(got, want) {
		t.Errorf("problems with %v, want %v", got, want)
	}
	for _, name := range want {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the message does not name %s:\n%v", name, err)
		}
	}
}

func TestURLs(t *testing.T) {
	tests := []struct {
		name, url string
		local     string // INSECURE_ALLOW_LOCAL
		says      string // "" when it is fine
	}{
		{name: "https", url: "https://shop.example/thanks"},
		{name: "https with a port", url: "https://shop.example:8443/thanks"},
		{name: "https without a path", url: "https://shop.example"},
		{name: "http on this machine by name", url: "http://localhost:3000/thanks"},
		{name: "http on this machine by address", url: "http://127.0.0.1:3000/thanks"},
		{name: "http on this machine by IPv6 address", url: "http://[::1]:3000/thanks"},
		{name: "http elsewhere", url: "http://shop.example/thanks", says: "https"},
		{name: "http elsewhere, for development", url: "http://shop.example/thanks", local: "true"},
		{name: "http on a host that only starts as localhost", url: "http://localhost.evil.example/", says: "https"},
		{name: "another scheme, even for development", url: "javascript://shop.example/%0aalert(1)", local: "true", says: "https"},
		{name: "no scheme", url: "shop.example/thanks", says: "absolute"},
		{name: "no host", url: "https:///thanks", says: "absolute"},
		{name: "only a port", url: "https://:8080/", says: "absolute"},
		{name: "opaque", url: "https:shop.example", says: "absolute"},
		{name: "a path", url: "/thanks", says: "absolute"},
		{name: "a query", url: "https://shop.example/?order=1", says: "query"},
		{name: "an empty query", url: "https://shop.example/?", says: "query"},
		{name: "a fragment", url: "https://shop.example/#thanks", says: "fragment"},
		{name: "an empty fragment", url: "https://shop.example/#", says: "fragment"},
		{name: "a user", url: "https://user:hunter2@shop.example/", says: "user name"},
		{name: "a user in what is no URL", url: "https://user:hunter2 @shop.example/", says: "space"},
		{name: "a sign that is no user's", url: "https://shop.example/@shop"},
		{name: "a star", url: "*", says: "wildcard"},
	}
	for _, variable := range []string{"RETURN_URLS", "PUBLIC_URL"} {
		for _, tt := range tests {
			t.Run(variable+"/"+tt.name, func(t *testing.T) {
				_, err := config.FromEnv(deployed(map[string]string{variable: tt.url, "INSECURE_ALLOW_LOCAL": tt.local}))
				switch {
				case tt.says == "" && err != nil:
					t.Errorf("refused: %v", err)
				case tt.says != "" && err == nil:
					t.Error("accepted")
				case tt.says != "":
					if got := problemNames(t, err); !slices.Equal(got, []string{variable}) {
						t.Errorf("problems with %v, want %s", got, variable)
					}
					if !strings.Contains(err.Error(), tt.says) {
						t.Errorf("%q does not say %q", err, tt.says)
					}
					if strings.Contains(err.Error(), "hunter2") {
						t.Errorf("the message repeats a password: %v", err)
					}
				}
			})
		}
	}
}

func problemNames(t *testing.T, err error) []string {
	t.Helper()
	var e *config.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	var names []string
	for _, p := range e.Problems {
		names = append(names, p.Name)
	}
	return names
}
