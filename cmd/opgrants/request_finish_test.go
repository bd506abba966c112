package main

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAForeignHashDoesNotEndTheWait(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	foreign := must(t)(p.wallet.Approve(start(t, nil, p.request()...).wants(t, interactLine)))
	r := start(t, nil, p.request("--trace")...)
	own := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
	status, page := browse(t, withQueryOf(t, own, foreign))
	if status != http.StatusBadRequest || !strings.Contains(page, "This link is not valid") {
		t.Errorf("the browser got %d:\n%s", status, page)
	}
	r.wants(t, "A link with a wrong hash was opened")
	browse(t, own)
	if got := r.end(t); got.code != exit.OK || !strings.Contains(got.out, "\nACCESS_TOKEN = ") {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
}

func TestAForeignHashHasItsCodeWhenNothingBetterComes(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	foreign := must(t)(p.wallet.Approve(start(t, nil, p.request()...).wants(t, interactLine)))
	t.Run("in time", func(t *testing.T) {
		r := start(t, nil, p.request("--timeout", "300ms")...)
		own := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
		browse(t, withQueryOf(t, own, foreign))
		wantEnding(t, r.end(t), exit.WrongHash)
	})
	t.Run("by pasting, at once", func(t *testing.T) {
		r := start(t, nil, p.request("--paste")...)
		r.wants(t, interactLine)
		_, _ = r.stdin.Write([]byte(foreign + "\n"))
		wantEnding(t, r.end(t), exit.WrongHash)
	})
	if n := p.wallet.Stats().Continues; n != 0 {
		t.Errorf("a foreign reference was sent %d times", n)
	}
}

// withQueryOf is the finish URL with the query of another one.
func withQueryOf(t *testing.T, finish, other string) string {
	t.Helper()
	u, err := url.Parse(finish)
	if err != nil {
		t.Fatal(err)
	}
	_, u.RawQuery, _ = strings.Cut(other, "?")
	return u.String()
}

func TestOnlyTheFinishURLIsServed(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	r := start(t, nil, p.request("--finish", "http://localhost:0/back?order=7")...)
	own := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
	for _, path := range []string{"/", "/favicon.ico", "/back/"} {
		if status, _ := browse(t, strings.Replace(own, "/back", path, 1)); status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, status)
		}
	}
	answer, err := http.Post(own, "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", answer.StatusCode)
	}
	browse(t, own)
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
}

func TestNobodyComesBack(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	t.Run("in time", func(t *testing.T) {
		wantEnding(t, runs(t, nil, p.request("--timeout", "50ms")...), exit.TimedOut, "The wait was 50ms")
	})
	t.Run("because the input ended", func(t *testing.T) {
		r := start(t, nil, p.request("--paste")...)
		r.wants(t, interactLine)
		_ = r.stdin.Close()
		wantEnding(t, r.end(t), exit.TimedOut, "The input ended")
	})
	t.Run("because the command was interrupted", func(t *testing.T) {
		r := start(t, nil, p.request()...)
		r.wants(t, "Waiting")
		r.cancel()
		wantEnding(t, r.end(t), exit.Interrupted)
	})
}

func TestWhatIsPastedIsTheURLOrItsQuery(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	for name, shape := range map[string]func(string) string{
		"the whole URL":           func(s string) string { return s },
		"its query":               func(s string) string { _, q, _ := strings.Cut(s, "?"); return q },
		"with spaces and a blank": func(s string) string { return "\n  " + s + "  " },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil, p.request("--paste", "--finish", "https://shop.example/back?order=7")...)
			finish := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
			_, _ = r.stdin.Write([]byte(shape(finish) + "\n"))
			if got := r.end(t); got.code != exit.OK {
				t.Errorf("ended with %d:\n%s", got.code, got.err)
			}
		})
	}
}

// A browser may take localhost for either.
func TestLocalhostIsListenedToOnBothVersionsOfIP(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	loopback := []string{"127.0.0.1"}
	if l, err := net.Listen("tcp6", "[::1]:0"); err == nil { // not every machine has it
		_ = l.Close()
		loopback = append(loopback, "[::1]")
	}
	for _, host := range loopback {
		r := start(t, nil, p.request()...)
		finish := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
		browse(t, strings.Replace(finish, "localhost", host, 1))
		if got := r.end(t); got.code != exit.OK {
			t.Errorf("%s: ended with %d:\n%s", host, got.code, got.err)
		}
	}
	t.Run("and a port that is busy on one is busy", func(t *testing.T) {
		for _, host := range loopback {
			busy, err := net.Listen("tcp", host+":0")
			if err != nil {
				t.Fatal(err)
			}
			_, port, _ := net.SplitHostPort(busy.Addr().String())
			wantEnding(t, runs(t, nil, p.request("--finish", "http://localhost:"+port)...), exit.Port, port+" is in use")
			_ = busy.Close()
		}
	})
}
