package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// serveFrom is a command line of `opgrants serve` with all settings in an env file.
func (p *place) serveFrom(t *testing.T, text string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "serve.env")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"serve", "--listen", "127.0.0.1:0", "--insecure-allow-local", "--env-file", file, "--data-file", filepath.Join(t.TempDir(), "grants.db")}
}

// Settings as shells, containers and editors leave them work, with the values that
// were meant.
func TestServeTakesSettingsAsToolsLeaveThem(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	key, err := os.ReadFile(p.key)
	if err != nil {
		t.Fatal(err)
	}
	const dollars = "shop:abc$TOKEN9${HOME}$(id)`id`0123456789"
	plain := map[string]string{"WALLET_ADDRESS": p.client, "KEY_ID": "key-1", "PRIVATE_KEY_PATH": p.key, "API_TOKEN": "shop:" + shopToken, "RETURN_URLS": returnURL}
	for name, c := range map[string]struct {
		change map[string]string
		before string
		token  string
		back   string // where the browser is sent
	}{
		"plain":                            {nil, "", shopToken, returnURL},
		"the wallet in quotes":             {map[string]string{"WALLET_ADDRESS": `"` + p.client + `"`}, "", shopToken, returnURL},
		"a mobile app's own scheme":        {map[string]string{"RETURN_URLS": "com.example.shop://thanks"}, "", shopToken, "com.example.shop://thanks"},
		"a byte order mark":                {nil, "\ufeff", shopToken, returnURL},
		"exports and comments":             {nil, "# settings\n\nexport POWERTOOLS_SERVICE_NAME=shop\n", shopToken, returnURL},
		"the key with escaped line breaks": {map[string]string{"PRIVATE_KEY_PATH": "", "PRIVATE_KEY": `"` + strings.ReplaceAll(string(key), "\n", `\n`) + `"`}, "", shopToken, returnURL},
	} {
		t.Run(name, func(t *testing.T) {
			text := c.before
			for variable, value := range plain {
				if changed, ok := c.change[variable]; ok {
					value = changed
				}
				text += variable + "=" + value + "\n"
			}
			if value, ok := c.change["PRIVATE_KEY"]; ok {
				text += "PRIVATE_KEY=" + value + "\n"
			}
			service := start(t, nil, p.serveFrom(t, text)...).listening(t)
			status, grant := call(t, "POST", service+"/grants", c.token, strings.Replace(order(p), returnURL, c.back, 1))
			if status != 201 {
				t.Fatalf("%d %v", status, grant)
			}
			to := back(t, must(t)(p.wallet.Approve(grant["consentUrl"].(string))))
			if !strings.HasPrefix(to.String(), c.back+"?") || to.Query().Get("code") == "" {
				t.Errorf("the browser is sent to %s", to)
			}
		})
	}
	t.Run("nothing is expanded", func(t *testing.T) {
		t.Setenv("TOKEN9", "expanded")
		_, token, _ := strings.Cut(dollars, ":")
		text := ""
		for variable, value := range plain {
			if variable == "API_TOKEN" {
				value = dollars
			}
			text += variable + "=" + value + "\n"
		}
		// As it is written it is no bearer token. Expanded, it could be one.
		got := runs(t, nil, p.serveFrom(t, text)...)
		wantEnding(t, got, exit.Usage, "API_TOKEN")
		if strings.Contains(got.err, token[:10]) || strings.Contains(got.err, "expanded") {
			t.Errorf("the token is shown:\n%s", got.err)
		}
	})
}

// An env file that cannot be read is named with the line, and without any value.
func TestABrokenEnvFileIsNamedWithoutItsValues(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	key, err := os.ReadFile(p.key)
	if err != nil {
		t.Fatal(err)
	}
	keyLine := strings.Split(string(key), "\n")[1]
	for name, c := range map[string]struct{ text, says string }{
		"a PEM over several lines without quotes": {"API_TOKEN=shop:" + shopToken + "\nPRIVATE_KEY=" + string(key), "line 2"},
		"a variable that is none, above secrets":  {"KEY-ID=key-1\nAPI_TOKEN=shop:" + shopToken + "\nPRIVATE_KEY=" + keyLine + "\n", "line 1"},
		"a quote that does not end":               {"API_TOKEN=\"shop:" + shopToken + "\nPRIVATE_KEY=" + keyLine + "\n", "line 1"},
		"a secret without a name":                 {shopToken + "\n", "line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{p.serveFrom(t, c.text), append([]string{"request"}, p.serveFrom(t, c.text)[4:6]...)} {
				got := runs(t, nil, args...)
				wantEnding(t, got, exit.Usage, c.says, "serve.env")
				if strings.Contains(got.err, shopToken) || strings.Contains(got.err, keyLine[10:40]) {
					t.Errorf("a secret is shown:\n%s", got.err)
				}
			}
		})
	}
}
