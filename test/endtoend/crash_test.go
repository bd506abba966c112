package endtoend

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

const (
	childEnv   = "OPGRANTS_ENDTOEND_CHILD"
	childLease = time.Second
)

// child is the service in a process of its own, that can be killed.
type child struct {
	Place  place
	Client string
	Key    []byte
	Hold   string // where it stands still: "before" or "after" the continuation
}

func serveAsChild() {
	var c child
	if err := json.Unmarshal([]byte(os.Getenv(childEnv)), &c); err != nil {
		panic(err)
	}
	store, _, err := stores[c.Place.Kind].open(c.Place.At)
	if err != nil {
		panic(err)
	}
	base, err := opclient.New(opclient.Config{InsecureAllowLocal: true})
	if err != nil {
		panic(err)
	}
	key := signingkey.KeyOf(c.Client, "key-1", ed25519.PrivateKey(c.Key))
	s := &grant.Service{Store: store, ReturnURLs: []string{returnURL}, Lease: childLease,
		Server: holding{signingkey.NewClient(signingkey.Fixed(key), base), c.Hold}}
	server := httptest.NewServer((&httpapi.API{Grants: s, Caller: callerByHeader}).Handler())
	s.PublicURL = server.URL
	fmt.Println(server.URL)
	select {}
}

// holding stands still around a continuation, and says so.
type holding struct {
	grant.AuthorizationServer
	at string
}

func (h holding) Continue(ctx context.Context, k opclient.Continue, ref string) (*opclient.Grant, error) {
	if h.at == "before" {
		fmt.Println("held")
		select {}
	}
	g, err := h.AuthorizationServer.Continue(ctx, k, ref)
	if h.at == "after" {
		fmt.Println("held")
		select {}
	}
	return g, err
}

// start runs a child and returns its URL, its further output and its end.
func (c child) start(t *testing.T) (url string, says *bufio.Scanner, kill func()) {
	t.Helper()
	config, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+string(config))
	cmd.Stderr = logged
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(kill)
	says = bufio.NewScanner(out)
	if !says.Scan() || !strings.HasPrefix(says.Text(), "http") {
		t.Fatalf("the child says %q", says.Text())
	}
	return says.Text(), says, kill
}

func TestAKillBetweenClaimAndSaveEndsAtTheNextTouch(t *testing.T) {
	t.Parallel()
	touches := map[string]func(t *testing.T, url, id, query string){
		"the app looks":            func(t *testing.T, url, id, _ string) { call(t, "shop", "GET", url+"/grants/"+id, "") },
		"the app asks for a token": func(t *testing.T, url, id, _ string) { call(t, "shop", "POST", url+"/grants/"+id+"/token", "") },
		"the browser reloads":      func(t *testing.T, url, id, query string) { call(t, "", "GET", url+"/grants/"+id+"/finish?"+query, "") },
	}
	for kind, store := range stores {
		for _, hold := range []string{"before", "after"} {
			for name, touch := range touches {
				t.Run(kind+"/killed "+hold+" the continuation, then "+name, func(t *testing.T) {
					t.Parallel()
					w := newTown(t, sandbox.Config{})
					c := child{Place: store.fresh(t), Client: w.client, Key: w.key, Hold: hold}
					url, says, kill := c.start(t)
					d := &deployment{town: w, URL: url}
					id, consentURL := d.ask(t)
					finish := d.consent(t, consentURL)
					_, query, _ := strings.Cut(finish, "?")
					go func() { _, _ = http.Get(finish) }()
					if !says.Scan() || says.Text() != "held" {
						t.Fatalf("the child says %q", says.Text())
					}
					kill()
					if live := w.Stats().LiveTokens; (live == 1) != (hold == "after") {
						t.Fatalf("%d live tokens after the kill", live)
					}

					c.Hold = ""
					url, _, kill = c.start(t)
					defer kill()
					time.Sleep(childLease)
					continues := w.Stats().Continues
					touch(t, url, id, query)
					got := call(t, "shop", "GET", url+"/grants/"+id, "")
					failure, _ := got.Body["failure"].(map[string]any)
					if got.text("status") != "failed" || failure["code"] != "outcome_unknown" {
						t.Errorf("%s", got.Raw)
					}
					if s := w.Stats(); s.LiveTokens != 0 || s.Continues != continues {
						t.Errorf("%d live tokens, %d continuations more", s.LiveTokens, s.Continues-continues)
					}
				})
			}
		}
	}
}
