package doctor_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/doctor"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// needWallet are the checks that need a wallet address.
var needWallet = []string{"public_name", "jwks", "key_id", "public_key", "signed_request"}

// TestAWalletAddressThatIsMisspelt: nothing is sent for any of them.
func TestAWalletAddressThatIsMisspelt(t *testing.T) {
	p := newPatient(t)
	p.Settings.InsecureAllowLocal = false
	p.Wallets = roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("asked %s", r.URL)
		return nil, errors.New("not allowed")
	})
	for _, c := range []struct {
		address string
		problem doctor.Problem
		fix     string // "": any
	}{
		{"", doctor.NotSet, ""},
		{"   ", doctor.NotSet, ""},
		{"http://wallet.example/shop", doctor.HTTP, "export WALLET_ADDRESS=https://wallet.example/shop"},
		{"HTTP://wallet.example/shop", doctor.HTTP, "export WALLET_ADDRESS=https://wallet.example/shop"},
		{"http://wallet.example:80/shop", doctor.HTTP, ""},
		{"http://127.0.0.1:3388/client", doctor.HTTP, "export INSECURE_ALLOW_LOCAL=true"},
		{"http://localhost:3388/client", doctor.HTTP, "export INSECURE_ALLOW_LOCAL=true"},
		{"http://192.168.1.7/client", doctor.HTTP, "export INSECURE_ALLOW_LOCAL=true"},
		{"https://127.0.0.1/client", doctor.PrivateAddress, "export INSECURE_ALLOW_LOCAL=true"},
		{"https://10.0.0.7/client", doctor.PrivateAddress, "export INSECURE_ALLOW_LOCAL=true"},
		{"https://192.168.1.7/client", doctor.PrivateAddress, "export INSECURE_ALLOW_LOCAL=true"},
		{"https://169.254.169.254/latest", doctor.PrivateAddress, "export INSECURE_ALLOW_LOCAL=true"},
		{"https://[::1]/client", doctor.PrivateAddress, "export INSECURE_ALLOW_LOCAL=true"},
		{"https://[fd00::7]/client", doctor.PrivateAddress, "export INSECURE_ALLOW_LOCAL=true"},
		{"$https://wallet.example/shop", doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{"https://$wallet.example/shop", doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{"$$wallet.example/shop", doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{`\$wallet.example/shop`, doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{"%24wallet.example/shop", doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{"$ wallet.example/shop", doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{"＄wallet.example/shop", doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{"€wallet.example/shop", doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{"$//wallet.example/shop", doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{`$wallet.example\shop`, doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{"${wallet.example/shop}", doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{"$wallet.example/shop?x=1", doctor.Misspelt, `export WALLET_ADDRESS='$wallet.example/shop'`},
		{".interledger-test.dev/shop", doctor.Misspelt, ""},
		{"/shop", doctor.Misspelt, ""},
		{"wallet.example/shop", doctor.Misspelt, "export WALLET_ADDRESS=https://wallet.example/shop"},
		{"wallet.example", doctor.Misspelt, "export WALLET_ADDRESS=https://wallet.example"},
		{"htps://wallet.example/shop", doctor.Misspelt, "export WALLET_ADDRESS=https://wallet.example/shop"},
		{"https:/wallet.example/shop", doctor.Misspelt, "export WALLET_ADDRESS=https://wallet.example/shop"},
		{"https//wallet.example/shop", doctor.Misspelt, "export WALLET_ADDRESS=https://wallet.example/shop"},
		{"https;//wallet.example/shop", doctor.Misspelt, "export WALLET_ADDRESS=https://wallet.example/shop"},
		{"shop@wallet.example", doctor.Misspelt, "export WALLET_ADDRESS=https://wallet.example/shop"},
		{"https://wallet.example/shop#me", doctor.Misspelt, "export WALLET_ADDRESS=https://wallet.example/shop"},
		{"https://wallet.example/shop?x", doctor.Misspelt, "export WALLET_ADDRESS=https://wallet.example/shop"},
		{"https://wallet.example:8443/shop", doctor.Misspelt, ""},
		{"shop", doctor.Misspelt, ""},
		{"https://", doctor.Misspelt, ""},
		{"$shop", doctor.Misspelt, ""},
		{"https://shop", doctor.Misspelt, ""},
		{"$wallet,example/shop", doctor.Misspelt, ""},
		{"$wallet.example:shop", doctor.Misspelt, ""},
		{"$alice@wallet.example", doctor.Misspelt, "export WALLET_ADDRESS=https://wallet.example/alice"},
		{"https://[::ffff:10.0.0.7]/shop", doctor.PrivateAddress, ""},
	} {
		t.Run(c.address, func(t *testing.T) {
			p.Settings.WalletAddress = c.address
			got := p.examine(t)
			got.mustFail(t, "wallet_address", c.problem, exit.UnknownWallet)
			got.mustSkip(t, "Wallet address", needWallet...)
			if r := got.of("wallet_address"); c.fix != "" && r.Fix != c.fix {
				t.Errorf("the command is %q, want %q", r.Fix, c.fix)
			}
		})
	}
}

func TestAWalletAddressWithASecretIsNotRepeated(t *testing.T) {
	p := newPatient(t)
	for _, secret := range []string{"https://shop:Hunter2Hunter2@wallet.example/shop", "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJIdW50ZXIyIn0.Hunter2Hunter2Hunter2x7", "http://wallet.example/shop?token=Hunter2Hunter2"} {
		p.Settings.WalletAddress, p.Settings.InsecureAllowLocal = secret, false
		got := p.examine(t)
		if r := got.of("wallet_address"); r.Status != doctor.Failed {
			t.Errorf("%+v", r)
		}
		if all := fmt.Sprint(got.results, got.err); strings.Contains(all, "Hunter2") || strings.Contains(all, "nWGxne") {
			t.Errorf("it is repeated: %s", all)
		}
	}
}

func TestAWalletAddressThatDoesNotExist(t *testing.T) {
	p := newPatient(t)
	for name, address := range map[string]string{
		"of a wallet that knows it not": p.wallet.URL() + "/nobody",
		"of a server that says 404":     answering(t, 404, nil, "<html>not here</html>") + "/shop",
		"of a server that says 410":     answering(t, 410, nil, "gone") + "/shop",
	} {
		t.Run(name, func(t *testing.T) {
			p.Settings.WalletAddress = address
			got := p.examine(t)
			got.mustFail(t, "wallet_address", doctor.NotFound, exit.UnknownWallet, address, "curl ")
			got.mustSkip(t, "Wallet address", needWallet...)
		})
	}
	t.Run("of a server that does not exist", func(t *testing.T) {
		p.Wallets = roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
		})
		p.Settings.WalletAddress = "https://walet.example/shop"
		p.examine(t).mustFail(t, "wallet_address", doctor.NotFound, exit.UnknownWallet, "walet.example")
	})
	t.Run("a slash too many", func(t *testing.T) {
		p := newPatient(t)
		p.Settings.WalletAddress = p.client + "/"
		p.examine(t).mustFail(t, "wallet_address", doctor.NotFound, exit.UnknownWallet, "Slashes count")
	})
	t.Run("a pointer without a path", func(t *testing.T) {
		p.Wallets = roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 404, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
		})
		p.Settings.WalletAddress = "$wallet.example"
		p.examine(t).mustFail(t, "wallet_address", doctor.NotFound, exit.UnknownWallet, "/.well-known/pay", "$host/name")
	})
}

func TestAWalletAddressThatIsAWebPage(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
	for name, url := range map[string]string{
		"HTML":                   answering(t, 200, html, "<!doctype html><title>Wallet</title>"),
		"HTML that says nothing": answering(t, 200, nil, "<html><body>Log in</body></html>"),
		"HTML as JSON":           answering(t, 200, http.Header{"Content-Type": {"application/json"}}, "\n <!DOCTYPE HTML>\n<p>x"),
		"a guard":                answering(t, 403, html, "<html>Are you a robot?</html>"),
		"maintenance":            answering(t, 503, html, "<html>Back soon</html>"),
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			p.Settings.WalletAddress = url + "/shop"
			got := p.examine(t)
			got.mustFail(t, "wallet_address", doctor.WebPage, exit.UnknownWallet, "web page", url+"/shop")
			got.mustSkip(t, "Wallet address", needWallet...)
		})
	}
}

func TestAWalletAddressThatIsNoDocument(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":            "",
		"words":              "hello",
		"a list":             "[]",
		"no members":         "{}",
		"no asset":           `{"id":"http://127.0.0.1/x","authServer":"http://127.0.0.1/a","resourceServer":"http://127.0.0.1/r"}`,
		"a name of a number": `{"id":"http://127.0.0.1/x","publicName":7,"assetCode":"USD","assetScale":2,"authServer":"http://127.0.0.1/a","resourceServer":"http://127.0.0.1/r"}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			p.Settings.WalletAddress = answering(t, 200, nil, body) + "/shop"
			p.examine(t).mustFail(t, "wallet_address", doctor.InvalidDocument, exit.UnknownWallet)
		})
	}
}

func TestAWalletAddressThatRedirects(t *testing.T) {
	p := newPatient(t)
	to := func(status int, location string) string {
		return answering(t, status, http.Header{"Location": {location}}, "") + "/shop"
	}
	for name, address := range map[string]string{
		"for good":     to(301, p.client),
		"for now":      to(302, p.client),
		"temporarily":  to(307, p.client),
		"permanently":  to(308, p.client),
		"two times":    to(302, to(302, p.client)),
		"with a slash": answeringOnce(t, p.client),
	} {
		t.Run(name, func(t *testing.T) {
			p.Settings.WalletAddress = address
			got := p.examine(t)
			got.mustFail(t, "wallet_address", doctor.Redirects, exit.UnknownWallet, "export WALLET_ADDRESS="+p.client)
			got.mustSkip(t, "Wallet address", needWallet...)
		})
	}
	for name, address := range map[string]string{
		"to nobody":             to(302, p.wallet.URL()+"/nobody"),
		"to a web page":         to(302, answering(t, 200, nil, "<html></html>")+"/"),
		"to nowhere":            to(302, ""),
		"to a dead server":      to(302, "http://127.0.0.1:1/shop"),
		"with a status of none": to(304, p.client),
		"in a circle":           circle(t),
	} {
		t.Run(name, func(t *testing.T) {
			p.Settings.WalletAddress = address
			p.examine(t).mustFail(t, "wallet_address", doctor.Redirects, exit.UnknownWallet)
		})
	}
	t.Run("of a payer", func(t *testing.T) { // which may
		p := newPatient(t)
		p.Payer = to(302, p.alice)
		got := p.examine(t)
		got.mustPass(t)
		if r := got.of("payer"); !strings.Contains(r.Detail, p.alice) {
			t.Errorf("%+v", r)
		}
	})
}

// answeringOnce redirects from /shop/ to the address.
func answeringOnce(t *testing.T, location string) string {
	t.Helper()
	return strings.TrimSuffix(answering(t, 301, http.Header{"Location": {location}}, ""), "/") + "/shop/"
}

func circle(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/shop", http.StatusFound)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/shop"
}

func TestAWalletAddressThatCallsItselfOtherwise(t *testing.T) {
	p := newPatient(t)
	document := `{"id":"` + p.client + `","publicName":"Client","assetCode":"USD","assetScale":2,"authServer":"` + p.wallet.AuthServer() + `","resourceServer":"` + p.wallet.ResourceServer() + `"}`
	p.Settings.WalletAddress = answering(t, 200, nil, document) + "/shop"
	p.examine(t).mustFail(t, "wallet_address", doctor.OtherID, exit.UnknownWallet, "export WALLET_ADDRESS="+p.client)
}

func TestTextsOfAWalletArePrintedWithoutControlCharacters(t *testing.T) {
	p := newPatient(t)
	p.wallet.Fail(sandbox.OpWallet, sandbox.Fault{Edit: map[string]string{"assetCode": `"U\u001b[2JSD"`, "publicName": `"Cl\u001bient\n✗"`}})
	got := p.examine(t)
	got.mustPass(t)
	if all := fmt.Sprint(got.results); strings.ContainsAny(all, "\x1b\n") {
		t.Errorf("printed is %q", all)
	}
}

func TestAWalletAddressThatCannotBeReached(t *testing.T) {
	p := newPatient(t)
	for name, address := range map[string]string{
		"nobody listens": "http://127.0.0.1:1/shop",
		"an error":       answering(t, 500, nil, `{"error":"x"}`) + "/shop",
		"a refusal":      answering(t, 403, nil, `{"error":"x"}`) + "/shop",
		"too often":      answering(t, 429, nil, "") + "/shop",
	} {
		t.Run(name, func(t *testing.T) {
			p.Settings.WalletAddress = address
			p.examine(t).mustFail(t, "wallet_address", doctor.Unreachable, exit.UnknownWallet, address)
		})
	}
}

func TestAWalletAddressAtAPrivateAddress(t *testing.T) {
	p := newPatient(t)
	p.Settings.InsecureAllowLocal = false
	p.Settings.WalletAddress = "https://wallet.example/shop"
	p.Wallets = roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.URL.Host = "10.0.0.7" // as its name is resolved to
		return netguard.NewTransport(netguard.Options{}).RoundTrip(r)
	})
	p.examine(t).mustFail(t, "wallet_address", doctor.PrivateAddress, exit.UnknownWallet, "INSECURE_ALLOW_LOCAL")
}

func TestAWalletAddressWithoutAPublicName(t *testing.T) {
	for name, edit := range map[string]string{"none": "", "null": "null", "empty": `""`, "spaces": `"  "`} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			p.wallet.Fail(sandbox.OpWallet, sandbox.Fault{Edit: map[string]string{"publicName": edit}})
			got := p.examine(t)
			got.mustFail(t, "public_name", doctor.NoPublicName, exit.UnknownWallet, "publicName", p.client)
			got.mustSkip(t, "Public name", "signed_request")
		})
	}
	t.Run("of a wallet that has none", func(t *testing.T) {
		p := newPatient(t)
		address, err := p.wallet.AddWallet(sandbox.Wallet{Name: "nameless", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", p.public)}})
		if err != nil {
			t.Fatal(err)
		}
		p.Settings.WalletAddress = address
		p.examine(t).mustFail(t, "public_name", doctor.NoPublicName, exit.UnknownWallet)
	})
}
