package inputs_test

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// wrongPlaces are secrets that somebody puts where they do not belong: the key of
// RFC 8032 section 7.1, test 1, a token, and a URL with a password.
var wrongPlaces = map[string]string{
	"a PEM":                 "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n",
	"DER in base64":         "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g",
	"a seed in base64":      "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
	"a token":               "f3b1f0c5a9e7d4682b0a1c2d3e4f50617",
	"a URL with a password": "https://shop:Hunter2Hunter2@wallet.example/shop",
	"a broken URL":          "https://shop:Hunter2,Hunter2@wallet.example:x/%zz",
}

func hides(t *testing.T, what, output string) {
	t.Helper()
	for _, marker := range []string{"MC4CAQAwBQ", "IJ1hsZ3v", "nWGxne", "f3b1f0c5a9e7", "Hunter2"} {
		if strings.Contains(output, marker) {
			t.Errorf("%s: %q is shown: %.600s", what, marker, output)
			return
		}
	}
}

func TestNoLogShowsASecretThatARequestHasInTheWrongPlace(t *testing.T) {
	p := newPlace(t)
	id, _ := p.claimed(t)
	for name, secret := range wrongPlaces {
		inPath, inHeader := url.PathEscape(secret), strings.ReplaceAll(secret, "\n", " ")
		text, _ := json.Marshal(secret)
		for what, try := range map[string]func(){
			"the path":      func() { send(t, "shop", "GET", p.url+"/"+inPath, "") },
			"the id":        func() { send(t, "shop", "GET", p.url+"/grants/"+inPath, "") },
			"behind the id": func() { send(t, "shop", "GET", p.url+"/grants/"+id+"/"+inPath, "") },
			"the query": func() {
				send(t, "shop", "GET", p.url+"/grants/"+id+"?"+url.QueryEscape(secret)+"="+url.QueryEscape(secret), "")
			},
			"the hash": func() {
				send(t, "", "GET", p.url+"/grants/"+id+"/finish?interact_ref=x&hash="+url.QueryEscape(secret), "")
			},
			"the reference": func() {
				send(t, "", "GET", p.url+"/grants/"+id+"/finish?hash=x&interact_ref="+url.QueryEscape(secret), "")
			},
			"the result":        func() { send(t, "", "GET", p.url+"/grants/"+id+"/finish?result="+url.QueryEscape(secret), "") },
			"the query of DEL":  func() { send(t, "shop", "DELETE", p.url+"/grants/nobody?forget="+url.QueryEscape(secret), "") },
			"the body":          func() { send(t, "shop", "POST", p.url+"/grants", secret) },
			"a member's name":   func() { send(t, "shop", "POST", p.url+"/grants", `{`+string(text)+`:1}`) },
			"an unknown member": func() { send(t, "shop", "POST", p.url+"/grants", `{"privateKey":`+string(text)+`}`) },
			"walletAddress":     func() { send(t, "shop", "POST", p.url+"/grants", withAddress(strings.Trim(string(text), `"`))) },
			"returnUrl": func() {
				send(t, "shop", "POST", p.url+"/grants", strings.ReplaceAll(withReturnURL(strings.Trim(string(text), `"`)), "ALICE", p.alice))
			},
			"an amount": func() {
				send(t, "shop", "POST", p.url+"/grants", strings.ReplaceAll(withAmount(string(text)), "ALICE", p.alice))
			},
			"an action": func() {
				send(t, "shop", "POST", p.url+"/grants", strings.ReplaceAll(withMember(`"actions":[`+string(text)+`]`), "ALICE", p.alice))
			},
			"the code":         func() { p.token(t, id, `{"code":`+string(text)+`}`) },
			"refused":          func() { p.token(t, id, `{"refused":`+string(text)+`}`) },
			"the content type": func() { send(t, "shop", "POST", p.url+"/grants", "{}", "Content-Type", inHeader) },
			"Accept":           func() { send(t, "shop", "GET", p.url+"/", "", "Accept", inHeader) },
			"User-Agent":       func() { send(t, "shop", "GET", p.url+"/grants/"+id, "", "User-Agent", inHeader) },
			"Idempotency-Key":  func() { send(t, "shop", "POST", p.url+"/grants", "{}", "Idempotency-Key", inHeader) },
			"Authorization":    func() { send(t, "", "GET", p.url+"/grants/"+id, "", "Authorization", inHeader) },
		} {
			try()
			hides(t, name+" in "+what, p.log.text())
		}
	}
}

func TestNoLogShowsASecretThatAnEventHasInTheWrongPlace(t *testing.T) {
	p := newPlace(t)
	file, err := os.ReadFile("../../events/request-grant.json")
	if err != nil {
		t.Fatal(err)
	}
	var good any
	if err := json.Unmarshal(file, &good); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for name, secret := range wrongPlaces {
		text, _ := json.Marshal(secret)
		for _, path := range paths(good, "") {
			if path == "requestContext.requestId" || strings.HasSuffix(path, ".accountId") {
				continue // AWS makes them, and they are logged
			}
			var e event
			if err := json.Unmarshal(with(file, path, string(text)), &e); err != nil {
				t.Fatal(err)
			}
			if path != "body" {
				e["body"] = "{}" // no wallet is asked
			}
			p.invoke(t, "https://grants.example", e)
			hides(t, name+" in "+path, p.log.text())
			tried++
		}
	}
	if tried < 200 {
		t.Errorf("only %d events were tried", tried)
	}
}

func TestNoAnswerOfAWalletShowsItsSecretsWhenItIsRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id, token := p.claimed(t)
	_ = p.token(t, id, `{"refused":"`+token+`"}`)
	for op := range memberRules {
		var good any
		if err := json.Unmarshal(p.good(op).body, &good); err != nil {
			t.Fatal(err)
		}
		for _, path := range append(paths(good, ""), "") {
			for name, secret := range wrongPlaces {
				text, _ := json.Marshal(secret)
				for form, value := range map[string]string{"": string(text), "in a list": "[" + string(text) + "]", "in an object": `{"value":` + string(text) + `}`, "as a name": `{` + string(text) + `:1}`} {
					switch {
					case strings.HasPrefix(path, "access_token.access"), strings.HasSuffix(path, "assetCode"):
						continue // the app asks for it and sees it
					case op == sandbox.OpRotate && (path == "access_token" || path == "access_token.value"):
						continue // that is a token
					}
					got := p.tryAnswer(t, op, func(a *answer) {
						if a.body = []byte(value); path != "" {
							a.body = with(p.good(op).body, path, value)
						}
					})
					if !got.taken {
						hides(t, string(op)+": "+name+" "+form+" in "+path, got.said+p.log.text())
					}
					p.log.text()
				}
			}
		}
	}
}

func TestNoErrorOfAnEnvFileShowsASecret(t *testing.T) {
	taken := 0
	for name, secret := range wrongPlaces {
		for form, text := range map[string]string{
			"PowerShell":               `$env:API_TOKEN="` + secret + `"`,
			"cmd.exe":                  "set API_TOKEN=" + secret,
			"a Dockerfile":             "ENV API_TOKEN=" + secret,
			"a Dockerfile, the old":    "ENV API_TOKEN " + secret,
			"a list in YAML":           "environment:\n  - API_TOKEN=" + secret,
			"a map in YAML":            "environment:\n  API_TOKEN: " + secret,
			"a block in YAML":          "privateKey: |\n  " + strings.ReplaceAll(secret, "\n", "\n  "),
			"a quoted map in YAML":     `API_TOKEN: "` + secret + `"`,
			"TOML":                     "[default.deploy.parameters]\nparameter_overrides = \"ApiToken=" + secret + "\"",
			"INI":                      "[default]\naws_secret_access_key = " + secret + "\n" + secret + "=x",
			"JSON":                     `{"API_TOKEN":"` + secret + `"}`,
			"Java properties":          "api.token=" + secret,
			"fish":                     "set -x API_TOKEN " + secret,
			"csh":                      "setenv API_TOKEN " + secret,
			"make":                     "API_TOKEN := " + secret,
			"make, appended":           "API_TOKEN += " + secret,
			"a here document":          "API_TOKEN=<<EOF\n" + secret + "\nEOF",
			"two on a line":            `KEY_ID="1" API_TOKEN="` + secret + `"`,
			"a quote that never ends":  `API_TOKEN="` + secret,
			"the secret for the name":  secret + "=1",
			"the name, and no end":     secret + `="1`,
			"the name, and text after": secret + `="1" 2`,
			"the secret alone":         secret,
			"a docker command":         "docker run -e API_TOKEN=" + secret,
			"curl":                     `curl -H "Authorization: Bearer ` + secret + `"`,
			"a diff":                   "+API_TOKEN=" + secret,
			"a prompt":                 "$ export API_TOKEN=" + secret,
			"a spreadsheet":            "API_TOKEN;" + secret,
			"a table":                  "API_TOKEN\t" + secret,
			"systemd":                  `Environment="API_TOKEN=` + secret + `"`,
			"HTML":                     "<pre>API_TOKEN=" + secret + "</pre>",
		} {
			vars, err := config.ParseEnvFile(strings.NewReader(text))
			if err == nil {
				taken += len(vars)
				continue
			}
			hides(t, name+" as "+form, err.Error())
			if !strings.Contains(err.Error(), "line ") {
				t.Errorf("%s as %s: no line is named: %v", name, form, err)
			}
		}
	}
	t.Logf("%d are taken", taken)
}
