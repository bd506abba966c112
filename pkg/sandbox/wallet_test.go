package sandbox_test

import (
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func get(t *testing.T, url string) (int, string, http.Header) {
	t.Helper()
	a, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, strings.TrimSpace(string(text)), a.Header
}

func TestAWalletAddressAnswersItsDocumentAndItsKeys(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	euro := w.wallet(sandbox.Wallet{Name: "shop/.well-known/pay", AssetCode: "EUR", AssetScale: 0})
	base := w.URL()
	for url, want := range map[string]string{
		w.alice:                `{"id":"` + w.alice + `","publicName":"Alice","assetCode":"USD","assetScale":2,"authServer":"` + base + `/auth","resourceServer":"` + base + `/op"}`,
		euro:                   `{"id":"` + euro + `","publicName":null,"assetCode":"EUR","assetScale":0,"authServer":"` + base + `/auth","resourceServer":"` + base + `/op"}`,
		w.alice + "/jwks.json": `{"keys":[]}`,
		w.shop + "/jwks.json":  `{"keys":[` + encode(t, sandbox.NewJWK("key-1", jwkKey(shopKey))) + "," + encode(t, sandbox.NewJWK("key;1", jwkKey(shopKey))) + `]}`,
	} {
		status, text, header := get(t, url)
		if status != 200 || text != want || !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %d %s, want %s", url, status, text, want)
		}
	}
	for _, path := range []string{"/", "/bob", "/bob/jwks.json", "/alice/", "/op", "/auth", "/auth/continue/x", "/auth/x/y"} {
		if status, text, _ := get(t, base+path); status != 404 || text != "Not Found" {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if _, _, header := get(t, w.alice); !strings.Contains(header.Get("Cache-Control"), "max-age") {
		t.Error("a wallet document should be cacheable")
	}
}

func TestAWalletThatCannotBeIsRefused(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	key := sandbox.NewJWK("k", shopKey.Public().(ed25519.PublicKey))
	bad := key
	bad.Curve = "P-256"
	short := key
	short.X = "AAAA"
	for name, wallet := range map[string]sandbox.Wallet{
		"no name": {}, "the name of another": {Name: "alice"}, "auth": {Name: "auth"}, "below op": {Name: "op/x"}, "a key set": {Name: "x/jwks.json"},
		"a slash in front": {Name: "/x"}, "a dot": {Name: "x/../y"}, "a space": {Name: "a b"}, "a query": {Name: "a?b"},
		"a key of another curve": {Name: "x", Keys: []sandbox.JWK{key, bad}}, "a short key": {Name: "y", Keys: []sandbox.JWK{short}},
	} {
		if address, err := w.AddWallet(wallet); err == nil || !strings.HasPrefix(err.Error(), "sandbox: ") {
			t.Errorf("%s: %q, %v", name, address, err)
		}
	}
	if err := w.SetKeys(w.shop, bad); err == nil {
		t.Error("SetKeys took a key of another curve")
	}
	if err := w.SetKeys("https://elsewhere.example/shop", key); err == nil {
		t.Error("SetKeys took a wallet address of another server")
	}
}

func TestTheClientsKeysAreReadForEverySignedRequest(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: -1})
	g, _, _ := w.issued()
	if n := w.Stats().KeyReads; n != 2 {
		t.Errorf("%d reads for two requests", n)
	}
	if err := w.SetKeys(w.shop, sandbox.NewJWK("key-1", anotherKey.Public().(ed25519.PublicKey))); err != nil {
		t.Fatal(err)
	}
	w.cancel(g).is(t, 401, "invalid_client")
	w.key = anotherKey
	w.cancel(g).is(t, 204, "")
}

func TestAClientWithoutAPublicNameCannotAskForAConsent(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	nameless := w.wallet(sandbox.Wallet{Name: "nameless", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", shopKey.Public().(ed25519.PublicKey))}})
	a := w.ask(func(b m) { b["client"] = nameless })
	a.is(t, 400, "invalid_client")
	if a.Error.Description != "missing required request field 'client'" {
		t.Errorf("%s", a.text)
	}
	w.ask(func(b m) {
		b["client"] = nameless
		accessItems(m{"type": "quote", "actions": []any{"create"}})(b)
	}).is(t, 200, "")
}

func TestAClientThatIsJustAKeyCanAskForWhatNeedsNoConsent(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: -1})
	jwk := sandbox.NewJWK("key-1", shopKey.Public().(ed25519.PublicKey))
	quote := accessItems(m{"type": "quote", "actions": []any{"create"}})
	token := w.ask(func(b m) { b["client"] = m{"jwk": jwk}; quote(b) })
	token.is(t, 200, "")
	w.rotate(token).is(t, 200, "")
	w.ask(func(b m) { b["client"] = m{"jwk": jwk} }).is(t, 400, "invalid_client")
	w.ask(func(b m) { b["client"] = m{"jwk": sandbox.NewJWK("key-2", jwkKey(anotherKey))}; quote(b) }).is(t, 400, "invalid_client")
	w.ask(func(b m) { b["client"] = m{"jwk": sandbox.NewJWK("key-1", jwkKey(anotherKey))}; quote(b) }).is(t, 401, "invalid_client")
	jwk.Algorithm = "RS256"
	w.ask(func(b m) { b["client"] = m{"jwk": jwk}; quote(b) }).is(t, 400, "")
}

func jwkKey(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func TestAForeignClientIsReadOverHTTPWhereThatIsAllowed(t *testing.T) {
	t.Parallel()
	good := encode(t, m{"keys": []any{sandbox.NewJWK("key-1", jwkKey(shopKey))}})
	withBad := encode(t, m{"keys": []any{sandbox.NewJWK("key-1", jwkKey(shopKey)), m{"kty": "RSA", "kid": "other"}}})
	for _, c := range []struct {
		name           string
		keys, document string
		broken         bool // answers 500 to it all
		forbidden      bool
		status         int
		description    string
	}{
		{name: "a good one", keys: good, document: `{"publicName":"Elsewhere"}`, status: 200},
		{name: "where it is not allowed", keys: good, document: `{"publicName":"Elsewhere"}`, forbidden: true, status: 400, description: "could not determine client"},
		{name: "one bad key spoils the set", keys: withBad, document: `{"publicName":"Elsewhere"}`, status: 400, description: "could not determine client"},
		{name: "no key set", document: `{"publicName":"Elsewhere"}`, status: 400, description: "could not determine client"},
		{name: "no JSON", keys: "<html>", document: `{"publicName":"Elsewhere"}`, status: 400, description: "could not determine client"},
		{name: "a broken server", keys: good, document: `{"publicName":"Elsewhere"}`, broken: true, status: 400, description: "could not determine client"},
		{name: "no document", keys: good, status: 400, description: "missing required request field 'client'"},
		{name: "no name", keys: good, document: `{}`, status: 400, description: "missing required request field 'client'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				text := map[string]string{"/client/jwks.json": c.keys, "/client": c.document}[r.URL.Path]
				switch {
				case c.broken:
					w.WriteHeader(http.StatusInternalServerError)
				case text == "":
					w.WriteHeader(http.StatusNotFound)
				}
				_, _ = io.WriteString(w, text)
			}))
			defer elsewhere.Close()
			config := sandbox.Config{}
			if !c.forbidden {
				config.ForeignClients = elsewhere.Client()
			}
			w := newWorld(t, config)
			a := w.ask(func(b m) { b["client"] = elsewhere.URL + "/client" })
			if a.status != c.status || a.Error.Description != c.description {
				t.Errorf("%d %s", a.status, a.text)
			}
		})
	}
}

func TestWalletsAreReadWhileTheyAreAdded(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 50 {
			w.wallet(sandbox.Wallet{Name: "w" + string(rune('a'+i%26)) + time.Duration(i).String()})
		}
	}()
	for range 50 {
		_, text, _ := get(t, w.alice)
		if !json.Valid([]byte(text)) {
			t.Fatal(text)
		}
	}
	<-done
}
