package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi/own"
)

const (
	shopToken  = "shop-token-0123456789-abcdef"
	otherToken = "other-token-0123456789-abcde"
	returnURL  = "https://shop.example/thanks"
)

// serve is a command line of `opgrants serve` for this place, and its variables.
func (p *place) serve(t *testing.T) (args []string, env map[string]string) {
	args = []string{"serve", "--listen", "127.0.0.1:0", "--insecure-allow-local", "--data-file", filepath.Join(t.TempDir(), "grants.db")}
	return args, map[string]string{
		"WALLET_ADDRESS": p.client, "KEY_ID": "key-1", "PRIVATE_KEY_PATH": p.key,
		"API_TOKEN": "shop:" + shopToken + ",other:" + otherToken, "RETURN_URLS": returnURL,
	}
}

// A logLine is what tests read of a line of the log.
type logLine struct {
	Message, URL, Address string
	WalletHost            string `json:"wallet_host"`
}

// logs waits for a line of the service's log.
func (r *running) logs(t *testing.T, message string) (l logLine) {
	t.Helper()
	for line := range r.lines {
		if json.Unmarshal([]byte(line), &l) == nil && l.Message == message {
			return l
		}
	}
	t.Fatalf("the log has no line %q:\n%s", message, r.end(t).err)
	return l
}

// listening is the service's URL as browsers see it.
func (r *running) listening(t *testing.T) string {
	t.Helper()
	return r.logs(t, "listening").URL
}

// listeningAt is where it listens.
func (r *running) listeningAt(t *testing.T) string {
	t.Helper()
	return "http://" + r.logs(t, "listening").Address
}

// checked is a client whose requests and answers must be as docs/openapi.yaml says.
func checked(t *testing.T) *http.Client {
	return &http.Client{Transport: own.Transport(http.DefaultTransport, t.Errorf)}
}

// call sends a request to the service and reads the JSON of its answer.
func call(t *testing.T, method, url, token, body string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := checked(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatalf("%s %s: %d, not JSON: %s", method, url, answer.StatusCode, text)
	}
	return answer.StatusCode, object
}

// back opens a link, and returns the URL that it redirects to.
func back(t *testing.T, link string) *url.URL {
	t.Helper()
	client := checked(t)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	to, err := answer.Location()
	if err != nil {
		t.Fatalf("%d: %v", answer.StatusCode, err)
	}
	return to
}

func order(p *place) string {
	return `{"walletAddress":"` + p.alice + `","limits":{"debitAmount":{"value":"130"}},"returnUrl":"` + returnURL + `?order=7"}`
}

func TestServeFromTheRequestToTheToken(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	r := start(t, env, args...)
	service := r.listening(t)

	if status, problem := call(t, "POST", service+"/grants", "", order(p)); status != 401 || problem["code"] != "unauthenticated" {
		t.Errorf("without a token: %d %v", status, problem)
	}
	status, grant := call(t, "POST", service+"/grants", shopToken, order(p))
	if status != 201 {
		t.Fatalf("%d %v", status, grant)
	}
	one := service + "/grants/" + grant["id"].(string)
	if status, problem := call(t, "GET", one, otherToken, ""); status != 404 {
		t.Errorf("another owner's token: %d %v", status, problem)
	}
	to := back(t, must(t)(p.wallet.Approve(grant["consentUrl"].(string))))
	query := to.Query()
	code := query.Get("code")
	if query.Get("status") != "granted" || query.Get("order") != "7" || code == "" || !strings.HasPrefix(to.String(), returnURL) {
		t.Errorf("the browser is sent to %s", to)
	}
	if status, problem := call(t, "POST", one+"/token", shopToken, `{}`); status != 403 || problem["code"] != "code_required" {
		t.Errorf("without the code: %d %v", status, problem)
	}
	status, token := call(t, "POST", one+"/token", shopToken, `{"code":"`+code+`"}`)
	if status != 200 || token["accessToken"] == "" || token["walletAddress"] != p.alice {
		t.Errorf("%d %v", status, token)
	}
	if s := p.wallet.Stats(); s.LiveTokens != 1 || s.Continues != 1 {
		t.Errorf("the wallet has %d live tokens after %d continuations", s.LiveTokens, s.Continues)
	}
	r.cancel()
	got := r.end(t)
	if got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	for _, s := range append(p.wallet.Secrets(), code, shopToken, otherToken) {
		if strings.Contains(got.out+got.err, s) {
			t.Errorf("the log holds the secret %q", s)
		}
	}
}

func TestServeTellsWhetherItIsWell(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	service := start(t, env, args...).listening(t)
	if status, text := browse(t, service+"/healthz"); status != 200 || text != "ok\n" {
		t.Errorf("/healthz answers %d %q", status, text)
	}
	answer, err := http.Post(service+"/healthz", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST /healthz answers %d", answer.StatusCode)
	}
}

func TestServeDoesNotStartWithWhatCannotWork(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	notData := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(notData, bytes.Repeat([]byte("not a data file "), 1<<12), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		flags []string
		unset string
		code  exit.Code
		says  []string
	}{
		"nothing is configured": {nil, "WALLET_ADDRESS KEY_ID PRIVATE_KEY_PATH", exit.Usage, []string{"WALLET_ADDRESS", "KEY_ID", "PRIVATE_KEY_PATH"}},
		"beyond loopback without a token": {[]string{"--listen", "192.0.2.1:0", "--public-url", "https://grants.example"}, "API_TOKEN",
			exit.Usage, []string{"API_TOKEN"}},
		"on loopback without a token": {[]string{"--insecure-allow-local=false", "--wallet-address", "https://c.example/c"}, "API_TOKEN",
			exit.Usage, []string{"API_TOKEN"}},
		"a key file that is not there":       {[]string{"--private-key-path", "/nowhere.pem"}, "", exit.Key, []string{"/nowhere.pem", "opgrants keygen"}},
		"a key file that holds none":         {[]string{"--private-key-path", notData}, "", exit.Key, []string{notData}},
		"a busy port":                        {[]string{"--listen", busy.Addr().String()}, "", exit.Port, []string{"is in use"}},
		"a data file that is something else": {[]string{"--data-file", notData}, "", exit.Data, []string{notData}},
	} {
		t.Run(name, func(t *testing.T) {
			args, env := p.serve(t)
			for _, name := range strings.Fields(c.unset) {
				delete(env, name)
			}
			wantEnding(t, runs(t, env, append(args, c.flags...)...), c.code, c.says...)
		})
	}
}

func TestServeCallsNoWalletAddressThatLeadsInside(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	p.alice, p.client = "https://localhost/alice", "https://shop.example/client"
	args, env := p.serve(t)
	r := start(t, env, append(args, "--insecure-allow-local=false")...)
	status, answer := call(t, "POST", r.listening(t)+"/grants", shopToken, order(p))
	if detail := fmt.Sprint(answer); status != 422 || !strings.Contains(detail, "is not public https on port 443") {
		t.Errorf("%d %s", status, detail)
	}
	if host := r.logs(t, "request").WalletHost; host != "localhost" {
		t.Errorf("the log says that %q was called", host)
	}
}

func TestOnLoopbackInDevelopmentNoTokenIsNeeded(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	delete(env, "API_TOKEN")
	r := start(t, env, args...)
	if status, grant := call(t, "POST", r.listening(t)+"/grants", "", order(p)); status != 201 {
		t.Errorf("%d %v", status, grant)
	}
	r.cancel()
	if got := r.end(t); !strings.Contains(got.err, "INSECURE_ALLOW_LOCAL is set") {
		t.Errorf("the log does not warn:\n%s", got.err)
	}
}
