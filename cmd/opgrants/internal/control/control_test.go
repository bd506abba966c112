package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/control"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A world is a sandbox with its control API, and a client that uses both.
type world struct {
	*testing.T
	server *httptest.Server
	client *opclient.Client
	user   *opclient.WalletAddress
	shop   string
}

func newWorld(t *testing.T, exposed bool) *world {
	t.Helper()
	front := httptest.NewServer(nil)
	t.Cleanup(front.Close)
	journal := control.NewJournal(slog.DiscardHandler)
	_, pem, err := identity.NewKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	alice, shop := front.URL+"/alice", front.URL+"/client"
	open := func() (*sandbox.Server, error) {
		s, err := sandbox.New(sandbox.Config{PublicURL: front.URL, Wait: -1, SendTime: -1, Log: slog.New(journal)})
		if err == nil {
			_, err = identity.OpenSandboxWallets(s, "client", "Client", pem)
		}
		return s, err
	}
	s, err := open()
	if err != nil {
		t.Fatal(err)
	}
	h := control.New(control.Config{Sandbox: s, Open: open, Journal: journal, Exposed: exposed, Env: "export KEY_ID=client-key-1\n",
		Client:  control.Client{WalletAddress: shop, KeyID: "client-key-1", PrivateKey: string(pem)},
		Wallets: []control.Named{{WalletAddress: alice, Does: "asks"}}})
	t.Cleanup(func() { _ = h.Close() })
	front.Config.Handler = h
	w := &world{T: t, server: front, shop: shop}
	var c control.Client
	w.get("/client", &c) // as a test in another language does
	key, err := opclient.ParsePrivateKey([]byte(c.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	if w.client, err = opclient.New(opclient.Config{WalletAddress: c.WalletAddress, KeyID: c.KeyID, Key: key, InsecureAllowLocal: true}); err != nil {
		t.Fatal(err)
	}
	if w.user, err = w.client.WalletAddress(t.Context(), alice); err != nil {
		t.Fatal(err)
	}
	return w
}

// send sends a request to the control API, and returns the status and the answer.
func (w *world) send(method, path, body string, edit func(*http.Request)) (int, string) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.server.URL+control.Path+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	if edit != nil {
		edit(r)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func (w *world) get(path string, target any) {
	w.Helper()
	status, text := w.send("GET", path, "", nil)
	if status != 200 {
		w.Fatalf("GET %s: %d %s", path, status, text)
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(target); err != nil {
		w.Fatalf("GET %s: %v", path, err)
	}
}

// must sends a request that succeeds, and returns the members of its answer.
func (w *world) must(method, path, body string) map[string]string {
	w.Helper()
	status, text := w.send(method, path, body, nil)
	if status != 200 && status != 204 {
		w.Fatalf("%s %s %s: %d %s", method, path, body, status, text)
	}
	members := map[string]string{}
	if status == 200 {
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			w.Fatal(err)
		}
	}
	return members
}

// ask requests a grant to pay 50.00 USD.
func (w *world) ask() *opclient.Grant {
	w.Helper()
	g, err := w.client.RequestGrant(w.Context(), w.user.AuthServer, opclient.GrantRequest{
		Access: []opclient.Access{{Type: opclient.TypeOutgoingPayment, Actions: []string{"create", "read"}, Identifier: w.user.ID,
			Limits: &opclient.Limits{DebitAmount: &opclient.Amount{Value: "5000", AssetCode: "USD", AssetScale: 2}}}},
		Finish: &opclient.Finish{URI: "https://shop.example/finish", Nonce: "a-nonce-of-the-test"},
	})
	if err != nil {
		w.Fatal(err)
	}
	return g
}

func link(g *opclient.Grant) string {
	text, _ := json.Marshal(map[string]string{"consentUrl": g.Interact.Redirect})
	return string(text)
}

func TestATestDecidesForTheUser(t *testing.T) {
	w := newWorld(t, false)
	for path, want := range map[string]string{"/approve": "hash=", "/refuse": "result=grant_rejected", "/leave": "result=grant_invalid"} {
		g := w.ask()
		if finish := w.must("POST", path, link(g))["finishUrl"]; !strings.HasPrefix(finish, "https://shop.example/finish?") || !strings.Contains(finish, want) {
			t.Errorf("POST %s leads to %s", path, finish)
		}
	}
	g := w.ask()
	w.must("POST", "/revoke", link(g))
	if finish := w.must("POST", "/approve", link(g))["finishUrl"]; !strings.Contains(finish, "result=invalid_interaction") {
		t.Errorf("after it was revoked, approving leads to %s", finish)
	}
	var grants []sandbox.Grant
	w.get("/grants", &grants)
	if len(grants) != 4 || grants[3].State != "revoked" || grants[3].ConsentURL != g.Interact.Redirect || grants[3].Client != w.shop || grants[3].User != w.user.ID {
		t.Errorf("%+v", grants)
	}
}

// pay makes a payment to the client, whose wallet has this asset.
func (w *world) quote(to string, value string) *opclient.Quote {
	w.Helper()
	ctx := w.Context()
	receiver, err := w.client.WalletAddress(ctx, to)
	if err != nil {
		w.Fatal(err)
	}
	g, err := w.client.RequestGrant(ctx, receiver.AuthServer, opclient.GrantRequest{Access: []opclient.Access{
		{Type: opclient.TypeIncomingPayment, Actions: []string{"create"}}, {Type: opclient.TypeQuote, Actions: []string{"create"}}}})
	if err != nil {
		w.Fatal(err)
	}
	in, err := w.client.CreateIncomingPayment(ctx, receiver, g.Token.Value, opclient.IncomingPaymentRequest{
		IncomingAmount: &opclient.Amount{Value: value, AssetCode: receiver.AssetCode, AssetScale: receiver.AssetScale}})
	if err != nil {
		w.Fatal(err)
	}
	q, err := w.client.CreateQuote(ctx, w.user, g.Token.Value, opclient.QuoteRequest{Receiver: in.ID})
	if err != nil {
		w.Fatal(err)
	}
	return q
}

func TestATestSetsTheRateAndTheBehavior(t *testing.T) {
	w := newWorld(t, false)
	euro := w.must("POST", "/wallets", `{"name":"euro","publicName":"Euro","assetCode":"EUR","assetScale":2}`)["walletAddress"]
	for rates, want := range map[string]string{`{"rates":{"USD":1,"EUR":1.1}}`: "1100", `{"rates":{"USD":1,"EUR":1.25}}`: "1250"} {
		w.must("POST", "/rates", rates)
		if q := w.quote(euro, "1000"); q.DebitAmount.Value != want {
			t.Errorf("with %s 10.00 EUR cost %s", rates, q.DebitAmount.Value)
		}
	}
	w.must("POST", "/behaviors", `{"wallet":"alice","kind":"fee","fee":{"fixed":100,"basisPoints":200}}`)
	if q := w.quote(w.shop, "1000"); q.DebitAmount.Value != "1120" {
		t.Errorf("with a fee 10.00 cost %s", q.DebitAmount.Value)
	}
	w.must("DELETE", "/behaviors?wallet=/alice", "")
	if q := w.quote(w.shop, "1000"); q.DebitAmount.Value != "1000" {
		t.Errorf("without a fee 10.00 cost %s", q.DebitAmount.Value)
	}
}

func TestATestLooksAtWhatHappened(t *testing.T) {
	w := newWorld(t, false)
	g := w.ask()
	w.must("POST", "/approve", link(g))
	w.must("POST", "/faults", `{"op":"continue","fault":"too-many-requests-before"}`)
	var faults struct{ Pending int }
	if w.get("/faults", &faults); faults.Pending != 1 {
		t.Errorf("%d faults are planned", faults.Pending)
	}
	if _, err := w.client.Continue(t.Context(), g.Continue, "a-reference"); !errors.Is(err, opclient.ErrTooManyRequests) {
		t.Errorf("%v", err)
	}
	if _, err := w.client.Continue(t.Context(), g.Continue, "a-reference"); !opclient.HasCode(err, opclient.CodeInvalidContinuation) {
		t.Errorf("%v", err)
	}
	var all []control.Request
	w.get("/requests", &all)
	last := all[len(all)-2:]
	if last[0].Fault != "status 429" || last[0].Operation != "continue" || last[1].Result != "refused" || last[1].Status != 404 ||
		last[1].Code != "invalid_continuation" || last[1].Reason == "" {
		t.Errorf("%+v", last)
	}
	if text, _ := json.Marshal(all); bytes.Contains(text, []byte("a-reference")) || bytes.Contains(text, []byte(string(g.Continue.Token))) {
		t.Errorf("a secret is shown: %s", text)
	}
	w.must("POST", "/faults", `{"fault":"web-page-before","times":3}`)
	w.must("DELETE", "/faults", "")
	if w.get("/faults", &faults); faults.Pending != 0 {
		t.Errorf("%d faults are planned", faults.Pending)
	}
	for _, path := range []string{"/payments", "/transfers"} {
		if status, text := w.send("GET", path, "", nil); status != 200 || strings.TrimSpace(text) != "[]" {
			t.Errorf("GET %s: %d %s", path, status, text)
		}
	}
	if got := w.must("GET", "/balance?wallet=alice", "")["balance"]; got != "100000" {
		t.Errorf("Alice has %s", got)
	}
	if _, env := w.send("GET", "/env", "", nil); env != "export KEY_ID=client-key-1\n" {
		t.Errorf("the environment file is %q", env)
	}
	var about struct {
		Routes, Faults, Behaviors []string
		Wallets                   []control.Named
	}
	if w.get("", &about); !slices.Contains(about.Routes, "POST /control/approve") || len(about.Faults) < 10 || len(about.Behaviors) < 10 || len(about.Wallets) != 1 {
		t.Errorf("%+v", about)
	}
}

// After a reset the sandbox is as at its start, and its client and key are the same.
func TestATestStartsAnew(t *testing.T) {
	w := newWorld(t, false)
	g := w.ask()
	w.must("POST", "/approve", link(g))
	w.must("POST", "/wallets", `{"name":"bob"}`)
	w.must("POST", "/rates", `{"rates":{"USD":2}}`)
	w.must("POST", "/behaviors", `{"wallet":"alice","kind":"fee","fee":{"fixed":100}}`)
	w.must("POST", "/faults", `{"op":"continue","fault":"timeout-before","times":9}`)
	waits := make(chan error, 1)
	go func() {
		_, err := w.client.Continue(context.WithoutCancel(t.Context()), g.Continue, "a-reference")
		waits <- err
	}()
	for faults := struct{ Pending int }{9}; faults.Pending == 9; {
		w.get("/faults", &faults)
	}

	w.must("POST", "/reset", "")

	if err := <-waits; err == nil {
		t.Error("a request that waited was answered")
	}
	for _, path := range []string{"/requests", "/grants", "/payments", "/transfers"} {
		if _, text := w.send("GET", path, "", nil); strings.TrimSpace(text) != "[]" {
			t.Errorf("GET %s: %s", path, text)
		}
	}
	if _, text := w.send("GET", "/faults", "", nil); strings.TrimSpace(text) != `{"pending":0}` {
		t.Errorf("faults: %s", text)
	}
	if status, _ := w.send("GET", "/balance?wallet=bob", "", nil); status != 422 {
		t.Errorf("a wallet that was opened is still there: %d", status)
	}
	if _, err := w.client.Continue(t.Context(), g.Continue, "a-reference"); !opclient.HasCode(err, opclient.CodeInvalidContinuation) {
		t.Errorf("the grant of before: %v", err)
	}
	if q := w.quote(w.shop, "1000"); q.DebitAmount.Value != "1000" {
		t.Errorf("10.00 cost %s", q.DebitAmount.Value)
	}
	again := w.ask()
	if finish := w.must("POST", "/approve", link(again))["finishUrl"]; !strings.Contains(finish, "hash=") {
		t.Errorf("approving leads to %s", finish)
	}
}

func TestThePageDescribesEachRouteBehaviorAndFault(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	var about struct{ Routes, Behaviors, Faults []string }
	newWorld(t, false).get("", &about)
	if len(about.Routes) < 18 || len(about.Behaviors) < 25 || len(about.Faults) < 15 {
		t.Fatalf("%+v", about)
	}
	for _, route := range about.Routes {
		if !strings.Contains(string(page), "`"+route+"`") && !strings.Contains(string(page), "`"+route+"?wallet=alice`") {
			t.Errorf("docs/sandbox.md does not describe %s", route)
		}
	}
	for _, name := range about.Behaviors {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/sandbox.md does not describe the behavior %s", name)
		}
	}
	for _, name := range about.Faults {
		name = strings.TrimSuffix(strings.TrimSuffix(name, "-before"), "-after")
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/sandbox.md does not describe the fault %s", name)
		}
	}
}

func TestTheControlRefusesWhatMakesNoSense(t *testing.T) {
	w := newWorld(t, false)
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/approve", `{`, 400, "one JSON object"},
		{"POST", "/approve", `{"url":"x"}`, 400, `unknown field \"url\"`},
		{"POST", "/approve", `{}`, 400, "consentUrl is missing"},
		{"POST", "/approve", `{"consentUrl":"https://wallet.example/x"}`, 422, "not a consent URL of this server"},
		{"POST", "/revoke", `{"consentUrl":"` + w.server.URL + `/auth/interact/a/b"}`, 422, "no grant has this consent URL"},
		{"POST", "/wallets", `{"name":"alice"}`, 422, "already"},
		{"POST", "/wallets", `{"name":"control/x"}`, 422, "cannot begin with control"},
		{"POST", "/wallets", `{"name":"x","consent":"hesitates"}`, 422, "there is no consent"},
		{"POST", "/rates", `{"rates":{"EUR":0}}`, 422, "the rate of EUR must be more than 0"},
		{"POST", "/behaviors", `{"wallet":"bob","kind":"fee"}`, 422, "is no wallet address of this server"},
		{"POST", "/behaviors", `{"wallet":"alice","kind":"mood"}`, 422, `no behavior \"mood\"`},
		{"DELETE", "/behaviors", ``, 422, "is no wallet address of this server"},
		{"POST", "/faults", `{"fault":"mood"}`, 422, `no fault \"mood\"`},
		{"POST", "/faults", `{"fault":"drop-after","op":"mood"}`, 422, `no operation \"mood\"`},
		{"GET", "/balance?wallet=bob", ``, 422, "is no wallet address of this server"},
		{"GET", "/mood", ``, 404, ""},
		{"GET", "/approve", ``, 405, ""},
	} {
		status, text := w.send(c.method, c.path, c.body, nil)
		if status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, status, text)
		}
	}
}

func TestOnlyThisMachineControlsTheSandbox(t *testing.T) {
	w := newWorld(t, false)
	as := func(edit func(*http.Request)) int {
		t.Helper()
		status, _ := w.send("POST", "/rates", `{"rates":{}}`, edit)
		return status
	}
	if status := as(func(r *http.Request) { r.Host = "localhost:1" }); status != 204 {
		t.Errorf("localhost got %d", status)
	}
	if status := as(func(r *http.Request) { r.Host = "evil.example" }); status != 403 {
		t.Errorf("a name that somebody else lets lead here got %d", status)
	}
	if status := as(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); status != 403 {
		t.Errorf("a web page of somebody else got %d", status)
	}
	if status := as(func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }); status != 403 {
		t.Errorf("an older browser with such a page got %d", status)
	}
	for addr, want := range map[string]int{"127.0.0.1:5": 204, "[::1]:5": 204, "192.0.2.1:5": 403, "": 403} {
		for _, exposed := range []bool{false, true} {
			w := newWorld(t, exposed)
			r := httptest.NewRequest("POST", w.server.URL+control.Path+"/rates", strings.NewReader(`{"rates":{}}`))
			r.RemoteAddr = addr
			answer := httptest.NewRecorder()
			w.server.Config.Handler.ServeHTTP(answer, r)
			if want := map[bool]int{false: want, true: 204}[exposed]; answer.Code != want {
				t.Errorf("%q, exposed %t: %d, want %d", addr, exposed, answer.Code, want)
			}
		}
	}
}
