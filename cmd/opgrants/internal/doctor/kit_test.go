package doctor_test

import (
	"crypto/ed25519"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/doctor"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

const (
	token  = "3b1f0c5a9e7d4682b0a1c2d3e4f50617"
	thanks = "https://shop.example/thanks"
)

// A patient is a setup in which everything is well, until a test changes it.
type patient struct {
	doctor.Options
	wallet        *sandbox.Server
	client, alice string // wallet addresses
	public        ed25519.PublicKey
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	wallet, err := sandbox.Start(sandbox.Config{Wait: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wallet.Close() })
	p := &patient{wallet: wallet}
	public, text, err := identity.NewKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	p.public = public
	if p.client, err = wallet.AddWallet(sandbox.Wallet{Name: "client", PublicName: "Client", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}}); err != nil {
		t.Fatal(err)
	}
	if p.alice, err = wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"}); err != nil {
		t.Fatal(err)
	}
	p.Settings = config.Serve{
		Listen: "127.0.0.1:8080", WalletAddress: p.client, KeyID: "key-1", PrivateKeyPath: write(t, "key.pem", string(text), 0o600),
		ReturnURLs: []string{thanks}, APIToken: "shop:" + token, InsecureAllowLocal: true, DataFile: "opgrants.db",
	}
	return p
}

func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	return file
}

// serve runs the service with the settings of the patient, and returns its URL.
func (p *patient) serve(t *testing.T, change func(*config.Serve)) string {
	t.Helper()
	c := p.Settings
	c.DataFile = filepath.Join(t.TempDir(), "grants.db")
	if change != nil {
		change(&c)
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	s, err := service.Open(t.Context(), service.Options{Config: &c, PublicURL: server.URL, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	handler = s
	t.Cleanup(func() { server.Close(); _ = s.Close() })
	return server.URL
}

// answering is a server that answers everything so, and its URL.
func answering(t *testing.T, status int, header http.Header, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// An outcome is what the doctor said.
type outcome struct {
	results []doctor.Result
	err     error
}

func (p *patient) examine(t *testing.T) outcome {
	t.Helper()
	o := p.Options
	if o.Wallets == nil {
		o.Wallets = netguard.NewTransport(netguard.Options{InsecureAllowLocal: o.Settings.InsecureAllowLocal})
	}
	if o.Services == nil {
		o.Services = http.DefaultTransport
	}
	var reported []doctor.Result
	o.Report = func(r doctor.Result) { reported = append(reported, r) }
	results, err := doctor.Run(t.Context(), o)
	if !slices.Equal(results, reported) {
		t.Errorf("reported were %v, returned %v", reported, results)
	}
	return outcome{results, err}
}

func (o outcome) of(check string) doctor.Result {
	i := slices.IndexFunc(o.results, func(r doctor.Result) bool { return r.Check == check })
	if i < 0 {
		return doctor.Result{}
	}
	return o.results[i]
}

// mustPass fails the test if a check failed.
func (o outcome) mustPass(t *testing.T) {
	t.Helper()
	if o.err != nil {
		t.Errorf("%v", o.err)
	}
}

// mustFail wants that one check to have failed and no other, with that problem, exit
// code and words, and a command.
func (o outcome) mustFail(t *testing.T, check string, problem doctor.Problem, code exit.Code, says ...string) {
	t.Helper()
	r := o.of(check)
	if r.Status != doctor.Failed || r.Problem != problem || r.Fix == "" {
		t.Errorf("%s is %+v, want the problem %s and a command", check, r, problem)
	}
	if exit.Of(o.err) != code || exit.Next(o.err, "opgrants doctor") != r.Fix {
		t.Errorf("ends with %d and %q, want %d and %q: %v", exit.Of(o.err), exit.Next(o.err, ""), code, r.Fix, o.err)
	}
	for _, s := range says {
		if !strings.Contains(r.Detail+"\n"+r.Fix, s) {
			t.Errorf("%q and %q do not say %q", r.Detail, r.Fix, s)
		}
	}
	for _, other := range o.results {
		if other.Check != check && other.Status == doctor.Failed {
			t.Errorf("%s failed too: %+v", other.Check, other)
		}
	}
}

// mustSkip wants these checks to be skipped because of another.
func (o outcome) mustSkip(t *testing.T, because string, checks ...string) {
	t.Helper()
	for _, check := range checks {
		if r := o.of(check); r.Status != doctor.Skipped || !strings.Contains(r.Detail, because) {
			t.Errorf("%s is %+v, want it to be skipped because of %q", check, r, because)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// withDate sets the Date of each answer of the wallets.
func withDate(date func() string) http.RoundTripper {
	base := netguard.NewTransport(netguard.Options{InsecureAllowLocal: true})
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		answer, err := base.RoundTrip(r)
		if err == nil {
			answer.Header.Set("Date", date())
		}
		return answer, err
	})
}

func httpDate(from time.Duration) string { return time.Now().Add(from).UTC().Format(http.TimeFormat) }
