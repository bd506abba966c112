package main

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

func TestTheSandboxTellsWhatARequestNeeds(t *testing.T) {
	t.Parallel()
	s := start(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--wait", "0s")
	words := func(line string) []string {
		command := strings.Fields(line)
		for i, word := range command {
			command[i] = strings.Trim(word, "'") // as a shell does
		}
		return command
	}
	pay := append([]string{"pay"}, words(s.wants(t, "  opgrants pay"))...)
	command := append([]string{"request"}, words(s.wants(t, "  opgrants request"))...)
	t.Run("and a payment", func(t *testing.T) {
		r := start(t, nil, append(pay, "--finish", "http://localhost:0")...)
		allow(t, r.wants(t, interactLine))
		if got := r.end(t); got.code != exit.OK || !strings.Contains(got.err, "1.30 USD arrived.") {
			t.Errorf("%q ended with %d:\n%s", pay, got.code, got.err)
		}
	})
	r := start(t, nil, append(command, "--no-wait")...)
	r.wants(t, interactLine)
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("%q ended with %d:\n%s", command, got.code, got.err)
	}
	t.Run("and its log has each request", func(t *testing.T) {
		s.wants(t, "time=")
	})
	s.cancel()
	got := s.end(t)
	if got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	t.Run("as lines for a shell", func(t *testing.T) {
		for _, line := range strings.Split(strings.TrimSpace(got.out), "\n") {
			if !strings.HasPrefix(line, "export ") {
				t.Errorf("printed is %q", line)
			}
		}
	})
	t.Run("and leaves no key behind", func(t *testing.T) {
		_, key, _ := strings.Cut(got.out, "PRIVATE_KEY_PATH='")
		key, _, _ = strings.Cut(key, "'")
		if _, err := os.Stat(filepath.Dir(key)); key == "" || !os.IsNotExist(err) {
			t.Errorf("%q is still there: %v", key, err)
		}
	})
}

// allow does what a person does at the consent page.
func allow(t *testing.T, consent string) {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	browser := http.Client{Jar: jar}
	open := func(answer *http.Response, err error) *http.Response {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Fatalf("the browser got %d", answer.StatusCode)
		}
		return answer
	}
	open(browser.Get(consent))
	chosen := open(browser.PostForm(consent, url.Values{"choice": {"accept"}}))
	_, next, _ := strings.Cut(chosen.Header.Get("Refresh"), "url=")
	to, err := chosen.Request.URL.Parse(next)
	if err != nil {
		t.Fatal(err)
	}
	open(browser.Get(to.String()))
}

// With --json a test in any language reads one line, and knows the rest.
func TestTheSandboxSaysAsJSONWhatATestNeeds(t *testing.T) {
	t.Parallel()
	s := start(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--wait", "0s", "--hostile", "--seed", "4711", "--https", "--json")
	var printed struct {
		Sandbox struct {
			URL, Control, EnvFile, CAFile string
			Client                        struct{ WalletAddress, KeyID string }
			Environment                   map[string]string
			Wallets                       []struct{ WalletAddress, Does string }
			Seed                          uint64
		}
	}
	text := s.wants(t, "")
	if err := json.Unmarshal([]byte(text), &printed); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	p := printed.Sandbox
	if p.Seed != 4711 || p.Control != p.URL+"/control" || p.Client.WalletAddress != p.URL+"/client" || p.Client.KeyID != "client-key-1" ||
		len(p.Wallets) != 9 || p.Wallets[0].WalletAddress != p.URL+"/alice" || p.Wallets[0].Does == "" {
		t.Errorf("printed is %s", text)
	}
	file, err := os.ReadFile(p.EnvFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Environment) != 4 || strings.Count(string(file), "\n") != 4 {
		t.Errorf("%v, and the file has\n%s", p.Environment, file)
	}
	for name, value := range p.Environment {
		if !strings.Contains(strings.ReplaceAll(string(file), "'", ""), "export "+name+"="+value+"\n") {
			t.Errorf("the file lacks %s=%s:\n%s", name, value, file)
		}
	}
	answer, err := trusting(t, p.CAFile).Get(p.Control)
	if err != nil || answer.StatusCode != 200 {
		t.Errorf("%v %v", answer, err)
	}
	s.cancel()
	if got := s.end(t); got.code != exit.OK || got.out != text+"\n" || strings.Contains(got.out, "PRIVATE KEY") {
		t.Errorf("ended with %d:\n%s", got.code, got.out)
	}
	got := runs(t, nil, "sandbox", "--listen", "x", "--json")
	if want := `{"error":{"exit":2,"code":"usage"`; got.code != exit.Usage || !strings.HasPrefix(got.out, want) {
		t.Errorf("%d: %s", got.code, got.out)
	}
}

func TestTheSandboxIsForThisMachineOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "3388"} {
		wantEnding(t, runs(t, nil, "sandbox", "--listen", addr), exit.Usage, "--listen "+strconv.Quote(addr))
	}
}

func TestTheSandboxHasAnotherNameForClientsInContainers(t *testing.T) {
	addr := freeAddr(t)
	named := strings.Replace(addr, "127.0.0.1", "localhost", 1) // a name that leads here, as the other does in a container
	s := start(t, nil, "sandbox", "--listen", addr, "--public-url", "http://"+named)
	command := strings.Fields(s.wants(t, "  opgrants request"))
	for i := range command {
		command[i] = strings.Trim(command[i], "'")
	}
	r := start(t, nil, append([]string{"request", "--no-wait"}, command...)...)
	consent := r.wants(t, interactLine)
	if !strings.HasPrefix(consent, "http://"+addr+"/auth/interact/") {
		t.Errorf("the user consents at %s", consent)
	}
	if got := r.end(t); got.code != exit.OK || !strings.Contains(got.out, "http://"+named+"/auth/continue/") {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
	s.cancel()
	s.end(t) // which removes its key
	wantEnding(t, runs(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--public-url", "http://"+named), exit.Usage, "--public-url")
}
