package config_test

import (
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/inputs"
)

// A settingCase is one value of one variable.
type settingCase struct{ input, variable, value, says string }

var settingCases = []settingCase{
	{"`RETURN_URLS=com.example.shop://thanks`", "RETURN_URLS", "com.example.shop://thanks", ""},
	{"`RETURN_URLS=com.example.shop:/thanks`", "RETURN_URLS", "com.example.shop:/thanks", ""},
	{"`RETURN_URLS=http://127.0.0.1/back`, for any port", "RETURN_URLS", "http://127.0.0.1/back", ""},
	{"`RETURN_URLS=http://[::1]:3000/back`, for that port", "RETURN_URLS", "http://[::1]:3000/back", ""},
	{"`RETURN_URLS` in quotes", "RETURN_URLS", `"https://a.example/x,https://b.example/y"`, ""},
	{"`RETURN_URLS`, each URL in quotes", "RETURN_URLS", `"https://a.example/x", 'https://b.example/y'`, ""},
	{"`RETURN_URLS` as a JSON list", "RETURN_URLS", `["https://a.example/x","https://b.example/y"]`, ""},
	{"`RETURN_URLS`, one URL a line", "RETURN_URLS", "https://a.example/x\nhttps://b.example/y\n", ""},
	{"`RETURN_URLS=https://*.shop.example/`", "RETURN_URLS", "https://*.shop.example/", "has a wildcard (*); list each URL"},
	{"`RETURN_URLS=*`", "RETURN_URLS", "*", "has a wildcard (*); list each URL"},
	{"`RETURN_URLS=https://shop.example/*`", "RETURN_URLS", "https://shop.example/*", "has a wildcard (*); list each URL"},
	{"`RETURN_URLS=https://shop.example/{order}`", "RETURN_URLS", "https://shop.example/{order}", "has a placeholder, a pattern or a quote"},
	{"`RETURN_URLS=myapp://thanks`", "RETURN_URLS", "myapp://thanks", "an app's own scheme, which contains a dot"},
	{"`RETURN_URLS=javascript:alert(1)`", "RETURN_URLS", "javascript:alert(1)", "must be https, or begin with an app's own scheme"},
	{"`RETURN_URLS=com.example.shop:thanks`", "RETURN_URLS", "com.example.shop:thanks", "needs a slash after the scheme"},
	{"`RETURN_URLS=http://shop.example/`", "RETURN_URLS", "http://shop.example/", "must be https"},
	{"`RETURN_URLS` with a query", "RETURN_URLS", "https://shop.example/?a=b", "must not have a query"},
	{"`RETURN_URLS` with a password", "RETURN_URLS", "https://shop:hunter2@shop.example/", "must not have a user name or password"},
	{"`RETURN_URLS` separated by semicolons", "RETURN_URLS", "https://a.example;https://b.example", "is more than one URL"},
	{"`PUBLIC_URL` in quotes", "PUBLIC_URL", `"https://api.example/base"`, ""},
	{"`PUBLIC_URL` with a quote on one side", "PUBLIC_URL", `"https://api.example/base`, "begins or ends with a quote"},
	{"`PUBLIC_URL` with an app's scheme", "PUBLIC_URL", "com.example.shop://x", "must be https"},
	{"`ALLOW_UNBOUND_GRANTS=True`", "ALLOW_UNBOUND_GRANTS", "True", ""},
	{"`ALLOW_UNBOUND_GRANTS='true'`, with the quotes", "ALLOW_UNBOUND_GRANTS", "'true'", ""},
	{"`ALLOW_UNBOUND_GRANTS=1`", "ALLOW_UNBOUND_GRANTS", "1", "it may be false or true"},
	{"`OWNER_BY=\"role\"`, with the quotes", "OWNER_BY", `"role"`, ""},
	{"`OWNER_BY=user`", "OWNER_BY", "user", "it may be account or role"},
	{"`POWERTOOLS_LOG_LEVEL=loud`", "POWERTOOLS_LOG_LEVEL", "loud", "it may be DEBUG, INFO, WARNING, ERROR or CRITICAL"},
	{"`AWS_ENDPOINT_URL=localhost:4566`", "AWS_ENDPOINT_URL", "localhost:4566", "is not an http or https URL"},
	{"`PAYEES=https://wallet.example/shop`", "PAYEES", "https://wallet.example/shop", ""},
	{"`PAYEES=$wallet.example/shop`, a payment pointer", "PAYEES", "$wallet.example/shop", ""},
	{"`PAYEES` as a JSON list", "PAYEES", `["https://a.example/x","$b.example/y"]`, ""},
	{"`PAYEES`, each address in quotes", "PAYEES", `"https://a.example/x", '$b.example/y'`, ""},
	{"`PAYEES`, one address a line", "PAYEES", "https://a.example/x\n$b.example/y\n", ""},
	{"`PAYEES=*`", "PAYEES", "*", ""},
	{"`PAYEES` with `*` beside an address", "PAYEES", "*,https://a.example/x", "has * and other entries"},
	{"`PAYEES=https://wallet.example/*`", "PAYEES", "https://wallet.example/*", "has a wildcard (*); list each wallet address"},
	{"`PAYEES=http://wallet.example/shop`", "PAYEES", "http://wallet.example/shop", "must start with https://"},
	{"`PAYEES` with a name only", "PAYEES", "shop", "give a wallet address"},
	{"`PAYEES` with a password", "PAYEES", "https://shop:hunter2@wallet.example/shop", "must not hold a user name or password"},
	{"`PAYEES` with a query", "PAYEES", "https://wallet.example/shop?a=b", "a wallet address has no query"},
	{"`PAYMENTS=OFF`", "PAYMENTS", "OFF", ""},
	{"`PAYMENTS=false`", "PAYMENTS", "false", "it may be on or off"},
	{"`JWT_SCOPE_PAYMENTS=opgrants/payments`", "JWT_SCOPE_PAYMENTS", "opgrants/payments", ""},
	{"`JWT_SCOPE_TOKENS` with two scopes", "JWT_SCOPE_TOKENS", "a b", "is not one scope"},
	{"A byte order mark before a value", "GRANTS_TABLE", "\ufeffgrants", ""},
	{"Typographic quotes around a value", "GRANTS_TABLE", "“grants”", ""},
	{"White space around a value", "GRANTS_TABLE", " grants\n", ""},
	{"A private key in another variable", "SIGNING_KEY_SECRET", pemText, "is what looks like a private key (not shown)"},
}

func TestASettingIsTakenOrNamed(t *testing.T) {
	for _, tt := range settingCases {
		_, err := config.FromEnv(deployed(map[string]string{tt.variable: tt.value}))
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("%s: refused: %v", tt.input, err)
		case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.variable) || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s: %v does not say %q", tt.input, err, tt.says)
		case err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), pemBody[:12])):
			t.Errorf("%s: the error repeats a secret: %v", tt.input, err)
		}
	}
}

func TestTheDocumentationListsSettingsAndEnvFiles(t *testing.T) {
	var settings []inputs.Row
	for _, tt := range settingCases {
		settings = append(settings, row(tt.input, tt.says))
	}
	for name, tt := range tokenCases {
		settings = append(settings, row(name, tt.says))
	}
	inputs.Check(t, "Settings", settings)
	var files []inputs.Row
	for name := range envFiles {
		files = append(files, row(name, ""))
	}
	for name, tt := range brokenEnvFiles {
		files = append(files, row(name, tt.says))
	}
	inputs.Check(t, "Env files", files)
}

func row(input, says string) inputs.Row {
	if says == "" {
		return inputs.Row{Input: input, Result: inputs.Taken}
	}
	return inputs.Row{Input: input, Result: "`" + says + "`"}
}

var tokenCases = map[string]struct{ value, says string }{
	"`API_TOKEN` in quotes":                        {`"shop:` + token + `"`, ""},
	"`API_TOKEN`, only the token in quotes":        {`shop:"` + token + `"`, ""},
	"`API_TOKEN` with a line break at its end":     {"shop:" + token + "\n", ""},
	"`API_TOKEN=token:name`":                       {token + ":shop", "write name:token, the name first"},
	"`API_TOKEN` with a short token":               {"shop:hunter2", "use at least 22 random ones"},
	"`API_TOKEN` with a space in the token":        {"shop:hunter2 hunter2 hunter2", "must consist of letters, digits and -._~+/"},
	"`API_TOKEN` with one token for two names":     {"a:" + token + ",b:" + token, "is there twice"},
	"`API_TOKEN=name:token:grants payments`":       {"shop:" + token + ":grants payments", ""},
	"`API_TOKEN=name:token:grants,payments`":       {"shop:" + token + ":grants,payments", "powers are separated by spaces"},
	"`API_TOKEN` with powers in quotes":            {"shop:" + token + `:"tokens"`, ""},
	"`API_TOKEN` with a power that does not exist": {"shop:" + token + ":grants pay", "is not one of grants, payments, tokens"},
	"`API_TOKEN` with no power after the colon":    {"shop:" + token + ": ", "after the second colon stands none"},
	"`API_TOKEN` with a token for its power":       {"shop:" + token + ":" + token, "something of 32 characters is not one of"},
	"`API_TOKEN` that is only a comma":             {" ,", "holds no token"},
	"`API_TOKEN` with a name that has a space":     {"my shop:" + token, "must be 1 to 64 letters, digits, dots, dashes or underscores"},
	"`API_TOKEN` whose token is a quote too long":  {`shop:"` + token, "must consist of letters, digits and -._~+/"},
}

func TestAnAPITokenIsTakenOrNamed(t *testing.T) {
	for name, tt := range tokenCases {
		s := serve()
		s.APIToken = opclient.Secret(tt.value)
		err := s.Check()
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("%s: refused: %v", name, err)
		case tt.says == "":
			if found, ok := s.Tokens.Find(token); !ok || found.Owner != "shop" {
				t.Errorf("%s: the token is %q's", name, found.Owner)
			}
		case err == nil || !strings.Contains(err.Error(), tt.says):
			t.Errorf("%s: %v does not say %q", name, err, tt.says)
		case strings.Contains(err.Error(), token[:8]) || strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: the error repeats the token: %v", name, err)
		}
	}
}

func FuzzAPIToken(f *testing.F) {
	for _, tt := range tokenCases {
		f.Add(tt.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		const marker = "qXz7marker7Zxq9kLm2pWv"
		for _, v := range []string{value, value + marker, marker + value, marker + ":" + value, "shop:" + marker + value} {
			s := serve()
			s.APIToken = opclient.Secret(v)
			if err := s.Check(); err != nil && strings.Contains(err.Error(), marker[:12]) {
				t.Errorf("the error repeats the token: %v", err)
			}
			if found, ok := s.Tokens.Find(""); ok {
				t.Errorf("the empty token is %q's", found.Owner)
			}
		}
	})
}

func FuzzReturnURLs(f *testing.F) {
	for _, tt := range settingCases {
		f.Add(tt.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		const marker = "qXz7marker7Zxq9kLm2pWv"
		for _, v := range []string{value, "https://shop:" + marker + "@" + value, value + marker} {
			c, err := config.FromEnv(deployed(map[string]string{"RETURN_URLS": v}))
			if err != nil && strings.Contains(err.Error(), marker) {
				t.Errorf("the error repeats a password: %v", err)
			}
			if err == nil && v == value {
				for _, u := range c.ReturnURLs {
					if strings.ContainsAny(u, "*#? \"") {
						t.Errorf("%q is allowed", u)
					}
				}
			}
		}
	})
}

func TestWhatMayBeASecretIsDescribed(t *testing.T) {
	for value, shown := range map[string]string{
		"":                                     `""`,
		"yes":                                  `"yes"`,
		"https://shop.example/thanks":          `"https://shop.example/thanks"`,
		"/home/user/opgrants/key.pem":          `"/home/user/opgrants/key.pem"`,
		"127.0.0.1:8080":                       `"127.0.0.1:8080"`,
		"3f7c8a2e-1b1c-4d5e-9f60-aabbccddeeff": `"3f7c8a2e-1b1c-4d5e-9f60-aabbccddeeff"`,
		pemText:                                "what looks like a private key (not shown)",
		pemBody:                                "what looks like a private key (not shown)",
		pemBody[:30]:                           "what looks like a private key (not shown)",
		token:                                  "a text of 32 characters that may be a secret (not shown)",
		"sk_live_4eC39HqLyjWDarjtT1zdp":        "a text of 29 characters that may be a secret (not shown)",
		"https://u:hunter2@shop.example/x":     `"…@shop.example/x"`,
		"sk_test-9f2b7c1d8e":                   "a text of 18 characters that may be a secret (not shown)",
		"R/2025-04-22T08:00:00Z/P1DT2H30M":     `"R/2025-04-22T08:00:00Z/P1DT2H30M"`,
		"https://shop.example/a?token=hunter2": `"https://shop.example/a?…"`,
		"https://shop.example/a#hunter2":       `"https://shop.example/a#…"`,
		"https://u:hun,ter2":                   "a URL that cannot be read (not shown)",
		"a\x00b":                               "a text of 3 characters that may be a secret (not shown)",
	} {
		if got := config.Describe(value); got != shown {
			t.Errorf("%q is described as %s, want %s", value, got, shown)
		}
	}
}
