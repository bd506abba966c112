package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A place is a wallet server with a wallet of a user and one of a client, and
// the client's key in a file.
type place struct {
	wallet        *sandbox.Server
	alice, client string // wallet addresses
	key           string // file
}

func newPlace(t *testing.T, c sandbox.Config) *place {
	t.Helper()
	if c.Wait == 0 {
		c.Wait = -1
	}
	wallet, err := sandbox.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wallet.Close() })
	p := &place{wallet: wallet, key: filepath.Join(t.TempDir(), "key.pem")}
	public := writeKey(t, p.key)
	if p.alice, err = wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"}); err != nil {
		t.Fatal(err)
	}
	keys := []sandbox.JWK{sandbox.NewJWK("key-1", public)}
	if p.client, err = wallet.AddWallet(sandbox.Wallet{Name: "client", PublicName: "Client", Keys: keys}); err != nil {
		t.Fatal(err)
	}
	return p
}

func writeKey(t *testing.T, file string) ed25519.PublicKey {
	t.Helper()
	public, text, err := identity.NewKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return public
}

// request is a command line of `opgrants request` at this place; later flags win.
func (p *place) request(more ...string) []string {
	return append([]string{"request", "--insecure-local", "--client-wallet", p.client, "--key", p.key, "--key-id", "key-1",
		"--wallet", p.alice, "--finish", "http://localhost:0"}, more...)
}

// An ending is what a command left behind.
type ending struct {
	code     exit.Code
	out, err string
}

// A running command's output can be watched.
type running struct {
	mu       sync.Mutex
	out, err bytes.Buffer
	lines    chan string // of both streams, until the command ends
	stdin    io.WriteCloser
	cancel   context.CancelFunc
	done     chan exit.Code
}

// start runs the command in this process, with these variables.
func start(t *testing.T, env map[string]string, args ...string) *running {
	t.Helper()
	in, stdin := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{lines: make(chan string, 1000), stdin: stdin, cancel: cancel, done: make(chan exit.Code, 1)}
	var readers sync.WaitGroup
	stream := func(keep *bytes.Buffer) io.WriteCloser {
		from, to := io.Pipe()
		readers.Go(func() {
			lines := bufio.NewScanner(from)
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				r.mu.Lock()
				keep.WriteString(lines.Text() + "\n")
				r.mu.Unlock()
				r.lines <- lines.Text()
			}
		})
		return to
	}
	out, errs := stream(&r.out), stream(&r.err)
	go func() {
		code := run(ctx, args, func(name string) string { return env[name] }, &cli.Terminal{In: in, Out: out, Err: errs})
		_ = out.Close()
		_ = errs.Close()
		readers.Wait()
		close(r.lines)
		r.done <- code
	}()
	t.Cleanup(func() {
		cancel()
		_ = in.Close()
	})
	return r
}

// wants waits for a line that begins so, and returns the rest of it.
func (r *running) wants(t *testing.T, prefix string) string {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case line, ok := <-r.lines:
			if rest, found := strings.CutPrefix(line, prefix); found {
				return rest
			}
			if !ok {
				t.Fatalf("the command ended without a line %q:\n%s%s", prefix, &r.out, &r.err)
			}
		case <-limit:
			t.Fatalf("no line %q yet", prefix)
		}
	}
}

// end waits until the command has ended.
func (r *running) end(t *testing.T) ending {
	t.Helper()
	select {
	case code := <-r.done:
		return ending{code, r.out.String(), r.err.String()}
	case <-time.After(30 * time.Second):
		t.Fatal("the command does not end")
		return ending{}
	}
}

// runs is the whole of a command that needs nobody.
func runs(t *testing.T, env map[string]string, args ...string) ending {
	t.Helper()
	return start(t, env, args...).end(t)
}

// freeAddr is one where nobody listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// wantEnding checks a failure: its code, and that its sentence says so much.
func wantEnding(t *testing.T, got ending, code exit.Code, sentences ...string) {
	t.Helper()
	if got.code != code {
		t.Errorf("ended with %d, want %d", got.code, code)
	}
	for _, s := range append(sentences, code.Sentence()) {
		if !strings.Contains(got.err, s) {
			t.Errorf("does not say %q:\n%s", s, got.err)
		}
	}
}

// browse opens a URL as a browser does, and returns the status and the page.
func browse(t *testing.T, url string) (int, string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(page)
}

// must is the URL that a person at the wallet is sent to.
func must(t *testing.T) func(string, error) string {
	return func(url string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return url
	}
}
