package sandbox_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestItCanBeMountedBelowAPathBehindTLS(t *testing.T) {
	front := httptest.NewUnstartedServer(nil)
	front.StartTLS()
	defer front.Close()
	s, err := sandbox.New(sandbox.Config{PublicURL: front.URL + "/wallet", Wait: -1, Work: -1})
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = s
	w := &world{T: t, Server: s, clock: newClock(), key: shopKey, http: front.Client()}
	w.alice = w.wallet(sandbox.Wallet{Name: "alice"})
	w.shop = w.wallet(sandbox.Wallet{Name: "shop", PublicName: "A shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", jwkKey(shopKey))}})

	b := newBrowser(t)
	b.client.Transport = front.Client().Transport
	if p := b.get(w.alice); !strings.Contains(p.text, `"authServer":"`+front.URL+`/wallet/auth"`) {
		t.Error(p.text)
	}
	if p := b.get(front.URL + "/alice"); p.status != 404 {
		t.Error("it answers outside its path")
	}
	g := w.mustAsk(nil)
	if p := b.get(g.Interact.Redirect); !strings.Contains(p.header.Get("Set-Cookie"), "Path=/wallet/auth/interact/; Max-Age=600; HttpOnly; Secure") {
		t.Errorf("the cookie: %v", p.header)
	}
	b.choose(g.Interact.Redirect, "accept")
	u, err := url.Parse(b.get(finishPage(g.Interact.Redirect)).header.Get("Location"))
	if err != nil || u.Query().Get("hash") == "" {
		t.Fatalf("%v, %v", u, err)
	}
	w.resume(g, u.Query().Get("interact_ref")).is(t, 200, "")
	if s.Up() == nil {
		t.Error("it cannot listen")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestBrowsersMayKnowItByAnotherName(t *testing.T) {
	front := httptest.NewUnstartedServer(nil)
	front.Start()
	defer front.Close()
	browsers := strings.Replace(front.URL, "127.0.0.1", "localhost", 1)
	s, err := sandbox.New(sandbox.Config{PublicURL: front.URL, ConsentURL: browsers, Wait: -1, Work: -1})
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = s
	w := &world{T: t, Server: s, clock: newClock(), key: shopKey, http: front.Client()}
	w.alice = w.wallet(sandbox.Wallet{Name: "alice"})
	w.shop = w.wallet(sandbox.Wallet{Name: "shop", PublicName: "A shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", jwkKey(shopKey))}})

	g := w.mustAsk(nil)
	if !strings.HasPrefix(g.Interact.Redirect, browsers+"/auth/interact/") || !strings.HasPrefix(g.Continue.URI, front.URL+"/auth/continue/") {
		t.Fatalf("consent at %s, continue at %s", g.Interact.Redirect, g.Continue.URI)
	}
	b := newBrowser(t)
	b.get(g.Interact.Redirect)
	b.choose(g.Interact.Redirect, "accept")
	u, err := url.Parse(b.get(finishPage(g.Interact.Redirect)).header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	ref := u.Query().Get("interact_ref")
	sum := sha256.Sum256([]byte("client-nonce-1\n" + g.Interact.Finish + "\n" + ref + "\n" + front.URL + "/auth"))
	if u.Query().Get("hash") != base64.StdEncoding.EncodeToString(sum[:]) {
		t.Errorf("the hash is not over the name that clients know: %v", u)
	}
	w.resume(g, ref).is(t, 200, "")
	if _, err := s.Approve(w.mustAsk(nil).Interact.Redirect); err != nil {
		t.Error(err)
	}
	for _, other := range []string{browsers + "/wallet", "localhost"} {
		if _, err := sandbox.New(sandbox.Config{PublicURL: front.URL, ConsentURL: other}); err == nil {
			t.Errorf("the consent URL %q was taken", other)
		}
	}
}

func TestAPublicURLThatIsNoneIsRefused(t *testing.T) {
	for _, u := range []string{"", "wallet.example", "ftp://wallet.example", "https://", "https://wallet.example/", "https://wallet.example/?x", "https://a@wallet.example", "https://wallet.example/#x"} {
		if _, err := sandbox.New(sandbox.Config{PublicURL: u}); err == nil {
			t.Errorf("%q was taken", u)
		}
	}
	if s, err := sandbox.Start(sandbox.Config{PublicURL: "wallet.example"}); err == nil {
		_ = s.Close()
		t.Error("Start took it")
	}
}

func TestABusyPortIsAnError(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	if s, err := sandbox.Start(sandbox.Config{Addr: strings.TrimPrefix(w.URL(), "http://")}); !errors.Is(err, syscall.EADDRINUSE) {
		if err == nil {
			_ = s.Close()
		}
		t.Errorf("%v", err)
	}
}

func TestItCanBeUnreachableForAWhileAndForgetsNothing(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: -1})
	g, ref := w.approved()
	if err := w.Down(); err != nil {
		t.Fatal(err)
	}
	if a, err := w.try(w.resumption(g, ref)); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v %v", a, err)
	}
	if err := w.Up(); err != nil {
		t.Fatal(err)
	}
	w.resume(g, ref).is(t, 200, "")
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if w.Up() == nil {
		t.Error("it came up after it was closed")
	}
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	for _, c := range []struct {
		name, contentType, body string
		status                  int
		text                    string
	}{
		{"no JSON", "application/json", "garbage", 400, "Bad Request"},
		{"JSON that is no object", "application/json", "1", 400, "Bad Request"},
		{"a list", "application/json", "[1]", 400, "body must be object"},
		{"another type", "text/plain", "{}", 415, "Unsupported Content-Type"},
		{"2 MB", "application/json", `{"a":"` + strings.Repeat("x", 2<<20) + `"}`, 413, "Request Entity Too Large"},
		{"nothing", "application/json", "", 400, "must have required property 'client'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := http.Post(w.AuthServer(), c.contentType, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close()
			text, _ := io.ReadAll(a.Body)
			if a.StatusCode != c.status || !strings.Contains(string(text), c.text) {
				t.Errorf("%d %s", a.StatusCode, text)
			}
		})
	}
}

func TestWhereNothingIsThereIsNothing(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	for _, path := range []string{"/auth/continue", "/auth/continue/", "/auth/continue/a/b", "/auth/token/a/b", "/auth/x", "/auth//", "/alice", "/alice/jwks.json", "/auth/interact/a", "/auth/interact/a/b/c"} {
		a, err := http.Post(w.URL()+path, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if a.StatusCode != 404 {
			t.Errorf("POST %s: %d", path, a.StatusCode)
		}
	}
}

func TestTheLogSaysWhyAndHoldsNoSecret(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, sandbox.Config{Work: -1, Log: slog.New(slog.NewJSONHandler(&log, nil))})
	g, token, ref := w.issued()
	w.resume(g, ref)
	w.rotate(token)
	w.send(request{method: "POST", url: w.AuthServer(), body: w.grantBody(nil) + "\n"})
	b := newBrowser(t)
	u := w.mustAsk(nil).Interact.Redirect
	b.get(u)
	b.choose(u, "accept")
	b.get(finishPage(u))
	w.cancel(g)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "not spelled as JSON.stringify would, from byte") {
		t.Errorf("the log does not say why: %s", log.String())
	}
	secrets := w.Secrets()
	if len(secrets) < 15 {
		t.Errorf("%d secrets: a nonce of each side, tokens, reference, hash, signatures are missing", len(secrets))
	}
	for _, secret := range append(secrets, ref, token.AccessToken.Value, g.Continue.AccessToken.Value, g.Interact.Finish, "client-nonce-1") {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestSecretsAreAllThatWereGivenOrSeen(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: -1})
	g := w.mustAsk(nil)
	q := w.approve(g)
	w.clock.move(6 * time.Second)
	var signature string
	continuation := w.resumption(g, q.Get("interact_ref"))
	continuation.edit = func(r *http.Request) {
		signature = strings.TrimSuffix(strings.TrimPrefix(r.Header.Get("Signature"), "sig1=:"), ":")
	}
	token := w.send(continuation)
	w.resume(g, "a-foreign-reference")
	known := map[string]bool{}
	for _, s := range w.Secrets() {
		known[s] = true
	}
	for name, s := range map[string]string{
		"client nonce": "client-nonce-1", "server nonce": g.Interact.Finish, "continue token": g.Continue.AccessToken.Value,
		"hash": q.Get("hash"), "reference": q.Get("interact_ref"), "access token": token.AccessToken.Value, "signature": signature,
		"reference that was sent": "a-foreign-reference",
	} {
		if s == "" || !known[s] {
			t.Errorf("the %s is missing: %q", name, s)
		}
	}
}
