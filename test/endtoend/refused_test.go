package endtoend

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func local(allow bool) option {
	return func(c *opclient.Config, _ *grant.Service) { c.InsecureAllowLocal = allow }
}

func TestWhatCannotBeAGrantIsAProblemAndWritesNothing(t *testing.T) {
	t.Parallel()
	var w *town
	at := func(s string) string {
		return strings.NewReplacer("ALICE", w.alice, "AUTH", w.AuthServer(), "WALLET", w.URL()).Replace(s)
	}
	good := `{"walletAddress":"ALICE","unlimited":true,"returnUrl":"` + returnURL + `"}`
	wallet := func(document string) func() { return func() { w.says(at(document)) } }
	server := func(f sandbox.Fault) func() { return func() { f.Body = at(f.Body); w.Fail(sandbox.OpGrant, f) } }
	for name, c := range map[string]struct {
		body   string
		before func()
		local  bool
		status int
		code   string
	}{
		"a garbage body":                  {`{"walletAddress":`, nil, true, 400, "malformed_request"},
		"a body that is no object":        {`[]`, nil, true, 400, ""},
		"an unknown member":               {`{"walletAddres":"x"}`, nil, true, 400, ""},
		"a wallet that does not exist":    {strings.Replace(good, "ALICE", "WALLET/nobody", 1), nil, true, 422, "wallet_not_found"},
		"a private address":               {good, nil, false, 422, "invalid_request"},
		"a private address by https":      {strings.Replace(good, "ALICE", "https://127.0.0.1/alice", 1), nil, false, 422, "invalid_request"},
		"a wallet that talks nonsense":    {good, wallet("hello"), true, 502, "wallet_answer_invalid"},
		"a wallet that names another":     {good, wallet(`{"id":"WALLET/shop","assetCode":"USD","assetScale":2,"authServer":"AUTH","resourceServer":"WALLET"}`), true, 0, ""},
		"a wallet that answers 10 MB":     {good, wallet(strings.Repeat(" ", 10<<20)), true, 502, "wallet_answer_invalid"},
		"a wallet that breaks off":        {good, func() { w.Fail(sandbox.OpWallet, sandbox.Fault{Drop: true, Times: 2}) }, true, 502, "wallet_unreachable"},
		"a server that talks nonsense":    {good, server(sandbox.Fault{Status: 200, Body: "hello"}), true, 502, "wallet_answer_invalid"},
		"a server that answers 10 MB":     {good, server(sandbox.Fault{Status: 200, Body: strings.Repeat(" ", 10<<20)}), true, 502, "wallet_answer_invalid"},
		"a server that breaks off":        {good, server(sandbox.Fault{Drop: true}), true, 502, "wallet_unreachable"},
		"a server that is broken":         {good, server(sandbox.Fault{Status: 503, Body: "down"}), true, 502, "wallet_unreachable"},
		"a server that is slow":           {good, server(sandbox.Fault{Delay: 3500 * time.Millisecond, Act: true}), true, 504, "wallet_timeout"},
		"a server that refuses":           {good, server(sandbox.Fault{Status: 400, Body: `{"error":{"code":"invalid_request","description":"no"}}`}), true, 502, "wallet_refused"},
		"a foreign continue URI":          {good, server(sandbox.Fault{Status: 200, Body: pending("https://other.example/continue/1")}), true, 502, "wallet_answer_invalid"},
		"a consent page that is no https": {good, server(sandbox.Fault{Status: 200, Body: strings.Replace(pending("AUTH/continue/1"), "https://wallet.example/interact", "javascript:alert(1)", 1)}), true, 502, "wallet_answer_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			w = newTown(t, sandbox.Config{})
			w = newTown(t, sandbox.Config{})
			d := deploy(t, w, open(t, stores["bolt"].fresh(t)), local(c.local))
			if c.before != nil {
				c.before()
			}
			got := call(t, "shop", "POST", d.URL+"/grants", at(c.body))
			if c.status == 0 { // followed once: that document is asked, and names itself
				if got.Status != http.StatusCreated || got.text("walletAddress") != w.URL()+"/shop" {
					t.Errorf("%d %s", got.Status, got.Raw)
				}
				return
			}
			if got.Status != c.status || c.code != "" && got.text("code") != c.code || got.text("detail") == "" {
				t.Errorf("%d %s", got.Status, got.Raw)
			}
			if n := d.store.writes.Load(); n != 0 {
				t.Errorf("%d writes", n)
			}
		})
	}
}

// says makes the next wallet document another one.
func (w *town) says(document string) {
	w.Fail(sandbox.OpWallet, sandbox.Fault{Status: http.StatusOK, Body: document, Header: http.Header{"Cache-Control": {"no-store"}}})
}

func pending(continueURI string) string {
	return `{"interact":{"redirect":"https://wallet.example/interact","finish":"N"},"continue":{"access_token":{"value":"c"},"uri":"` + continueURI + `","wait":5}}`
}

func TestAWalletDocumentThatStillNamesAnotherIsRefused(t *testing.T) {
	w := newTown(t, sandbox.Config{})
	d := deploy(t, w, open(t, stores["bolt"].fresh(t)))
	document := `{"id":"` + w.URL() + `/shop","assetCode":"USD","assetScale":2,"authServer":"` + w.AuthServer() + `","resourceServer":"` + w.URL() + `"}`
	w.says(document)
	w.says(strings.Replace(document, "/shop", "/carol", 1))
	got := call(t, "shop", "POST", d.URL+"/grants", `{"walletAddress":"`+w.alice+`","unlimited":true,"returnUrl":"`+returnURL+`"}`)
	if got.Status != http.StatusBadGateway || got.text("code") != "wallet_answer_invalid" || d.store.writes.Load() != 0 {
		t.Errorf("%d %s", got.Status, got.Raw)
	}
}
