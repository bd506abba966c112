//go:build tools

package shops

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi/own"
	"github.com/opgrants/opgrants/test/peers"
)

const token = "shop-token-0123456789-abcdef"

// A town has a wallet, with the addresses of the shop and of its customers, and the
// service.
type town struct {
	wallet    *sandbox.Server
	shop      string // its wallet address, which is the service's own
	customers string // their wallet address
	service   string // its URL
}

// newTown starts the sandbox and `opgrants serve`.
func newTown(t *testing.T) *town {
	t.Helper()
	wallet, err := sandbox.Start(sandbox.Config{Wait: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wallet.Close() })
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	address, err := wallet.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "Shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})
	if err != nil {
		t.Fatal(err)
	}
	customers, err := wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "key.pem")
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	program := build(t, "./cmd/opgrants")
	service := peers.Serve(t, "opgrants serve", func(port string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), program, "serve", "--listen", "127.0.0.1:"+port, "--insecure-allow-local")
		cmd.Env = append(os.Environ(), "WALLET_ADDRESS="+address, "KEY_ID=key-1", "PRIVATE_KEY_PATH="+key, "DATA_FILE="+filepath.Join(dir, "grants.db"),
			"RETURN_URLS=http://127.0.0.1/return", "API_TOKEN=shop:"+token+":grants payments", "PUBLIC_URL=")
		return cmd
	})
	return &town{wallet: wallet, shop: address, customers: customers, service: checked(t, service)}
}

// checked returns the URL of a proxy of the service, whose requests and answers must be
// as docs/openapi.yaml says.
func checked(t *testing.T, service string) string {
	t.Helper()
	target, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(own.Proxy(target, t.Errorf))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// build builds a program of this module and returns its path.
func build(t *testing.T, pkg string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), filepath.Base(pkg))
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", program, pkg)
	cmd.Dir = peers.Root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// open starts a shop that knows nothing but the service's URL and its token.
func (w *town) open(t *testing.T, name string, command func(port string) *exec.Cmd) (shop string) {
	t.Helper()
	return peers.Serve(t, name, func(port string) *exec.Cmd {
		cmd := command(port)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "PYTHONDONTWRITEBYTECODE=1", "PORT=" + port, "OPGRANTS_URL=" + w.service, "OPGRANTS_TOKEN=" + token}
		return cmd
	})
}

// shown is what a browser shows.
type shown struct{ URL, Text string }

// visits are what the customers saw.
type visits struct{ Asked, Paid, Reloaded, Refused, VictimSaw, MallorySaw shown }

// visit lets the customers of testdata/customer.mjs visit a shop.
func (w *town) visit(t *testing.T, shop string) (saw visits) {
	t.Helper()
	out, err := peers.Node(t, "testdata/customer.mjs", peers.Chromium(t), shop, w.customers).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := json.Unmarshal(out, &saw); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return saw
}

func TestEachShopIsPaid(t *testing.T) {
	w := newTown(t)
	for name, command := range map[string]func(port string) *exec.Cmd{
		"Express": func(string) *exec.Cmd { return peers.ShopExpress(t) },
		"Flask":   func(port string) *exec.Cmd { return peers.ShopFlask(t, port) },
		"Go":      func(string) *exec.Cmd { return exec.CommandContext(t.Context(), build(t, "./examples/shop-go")) },
	} {
		t.Run(name, func(t *testing.T) {
			before := len(w.wallet.Ledger())
			saw := w.visit(t, w.open(t, name, command))
			for what, tc := range map[string]struct {
				got  shown
				want string
			}{
				"the wallet":           {saw.Asked, "4.00 USD"},
				"who paid":             {saw.Paid, "Paid. Thank you!"},
				"who paid, once more":  {saw.Reloaded, "Paid. Thank you!"},
				"who refused":          {saw.Refused, "Not paid"},
				"the victim's browser": {saw.VictimSaw, ""},
				"the attacker":         {saw.MallorySaw, "Not paid"},
			} {
				if !strings.Contains(tc.got.Text, tc.want) || strings.Contains(tc.got.Text, "Thank you") != strings.Contains(tc.want, "Thank you") {
					t.Errorf("%s sees %q at %s, want %q", what, tc.got.Text, tc.got.URL, tc.want)
				}
			}
			// Money moved once: for the one who paid.
			moved := w.wallet.Ledger()[before:]
			if len(moved) != 1 || moved[0].To != w.shop || moved[0].From != w.customers || moved[0].Arrived.Value != 400 {
				t.Errorf("moved: %+v", moved)
			}
		})
	}
}
