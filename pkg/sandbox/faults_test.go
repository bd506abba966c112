package sandbox_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// Each fault that any call can have happens, acts as its name says, and happens once.
func TestEachFaultHappensOnceAndActsAsItsNameSays(t *testing.T) {
	t.Parallel()
	for name, fault := range sandbox.Faults() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{Work: -1})
			w.http.Timeout = 200 * time.Millisecond
			g, ref := w.approved()
			w.Fail(sandbox.OpAny, fault)
			a, err := w.try(w.resumption(g, ref))
			if err == nil && a.status == 200 && a.AccessToken != nil {
				t.Errorf("it was answered well: %s", a.text)
			}
			if n := w.PendingFaults(); n != 0 {
				t.Errorf("%d faults are left", n)
			}
			acted := w.Stats().TokensIssued == 1
			if want := strings.HasSuffix(name, "-after"); acted != want {
				t.Errorf("acted: %v, want %v", acted, want)
			}
			w.http.Timeout = 5 * time.Second
			if again := w.resume(g, ref); (again.status == 200) == acted {
				t.Errorf("after the fault: %d %s", again.status, again.text)
			}
		})
	}
}

func TestHowConnectionsBreak(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Config{})
	read := func(f sandbox.Fault) (string, error) {
		w.Fail(sandbox.OpWallet, f)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.alice, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := w.http.Do(r)
		if err != nil {
			return "", err
		}
		defer a.Body.Close()
		b, err := io.ReadAll(a.Body)
		return string(b), err
	}
	if _, err := read(sandbox.Fault{Drop: true}); !errors.Is(err, io.EOF) {
		t.Errorf("dropped: %v", err)
	}
	if _, err := read(sandbox.Fault{Reset: true}); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset: %v", err)
	}
	if _, err := read(sandbox.Fault{Hang: true}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hanging: %v", err)
	}
	if text, err := read(sandbox.Fault{Half: true}); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(text, `{"id":`) || json.Valid([]byte(text)) {
		t.Errorf("half: %q, %v", text, err)
	}
}

// An answer of an informational status goes on until the client leaves.
func TestInformationalAnswers(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	host := strings.TrimPrefix(w.URL(), "http://")
	for status, want := range map[int]int{101: 1, 103: 4} { // lines to wait for
		w.Fail(sandbox.OpWallet, sandbox.Fault{Status: status})
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET /alice HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
		_ = conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		lines := bufio.NewScanner(conn)
		n := 0
		for n < want && lines.Scan() {
			if strings.HasPrefix(lines.Text(), "HTTP/1.1 10") {
				n++
			}
		}
		if n != want {
			t.Errorf("%d: %d answers", status, n)
		}
		_ = conn.Close()
	}
}

// What wallets and what stands in front of them were seen to answer.
func TestOddAnswersCanBeSwitchedOn(t *testing.T) {
	html := func(a *answer) bool {
		return strings.HasPrefix(a.header.Get("Content-Type"), "text/html") && strings.HasPrefix(a.text, "<!doctype html>")
	}
	has := func(parts ...string) func(*answer) bool {
		return func(a *answer) bool {
			return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(a.text, part) })
		}
	}
	later := func(a *answer) bool { return html(a) && a.header.Get("Retry-After") == "37" }
	header := func(name, value string) sandbox.Fault { return sandbox.Fault{Header: http.Header{name: {value}}} }
	for _, c := range []struct {
		name   string
		op     sandbox.Op
		fault  sandbox.Fault
		status int
		is     func(*answer) bool
	}{
		{"an assetScale that is a string", sandbox.OpWallet, sandbox.Fault{Edit: map[string]string{"assetScale": `"2"`}}, 200, has(`"assetScale":"2"`, `"id":`)},
		{"a wallet address as plain text", sandbox.OpWallet, header("Content-Type", "text/plain"), 200, func(a *answer) bool {
			return a.header.Get("Content-Type") == "text/plain" && json.Valid([]byte(a.text))
		}},
		{"a byte order mark", sandbox.OpWallet, sandbox.Fault{Prefix: "\ufeff"}, 200, func(a *answer) bool { return strings.HasPrefix(a.text, "\ufeff{") }},
		{"compressed without being asked", sandbox.OpWallet, sandbox.Fault{Gzip: true}, 200, func(a *answer) bool {
			z, err := gzip.NewReader(strings.NewReader(a.text))
			if err != nil {
				return false
			}
			text, err := io.ReadAll(z)
			return err == nil && json.Valid(text) && a.header.Get("Content-Encoding") == "gzip"
		}},
		{"a web page for a wallet address", sandbox.OpWallet, sandbox.Faults()["web-page-before"], 200, html},
		{"too many requests at a wallet address", sandbox.OpWallet, sandbox.TooManyRequests(37 * time.Second), 429, later},
		{"members that are null in the grant answer", sandbox.OpGrant, withNull("access_token", "subject", "continue.wait", "interact.expires_in"), 200, has(`"access_token":null`, `"subject":null`, `"wait":null`, `"expires_in":null`)},
		{"too many requests at the grant request", sandbox.OpGrant, sandbox.TooManyRequests(37 * time.Second), 429, later},
		{"unavailable at the grant request", sandbox.OpGrant, sandbox.Faults()["unavailable-before"], 503, later},
		{"an error as OAuth has it", sandbox.OpGrant, sandbox.StringError(400, "invalid_request", "no"), 400, has(`"error":"invalid_request"`, `"error_description":"no"`)},
		{"null in the answer to continue", sandbox.OpContinue, withNull("access_token.expires_in", "access_token.access.0.limits.interval", "access_token.access.0.limits.receiver"), 200, has(`"expires_in":null`, `"interval":null`, `"receiver":null`, `"debitAmount":{`)},
		{"one more access item", sandbox.OpContinue, edited("access_token.access.-", `{"type":"loyalty-card","actions":["read"]}`), 200, func(a *answer) bool { return len(a.AccessToken.Access) == 2 && has("loyalty-card")(a) }},
		{"too many requests at continue", sandbox.OpContinue, sandbox.TooManyRequests(37 * time.Second), 429, later},
		{"expires_in 0 from continue", sandbox.OpContinue, edited("access_token.expires_in", "0"), 200, has(`"expires_in":0`)},
		{"no expires_in", sandbox.OpContinue, edited("access_token.expires_in", ""), 200, func(a *answer) bool { return !strings.Contains(a.text, "expires_in") && a.AccessToken.Value != "" }},
		{"expires_in 5 from rotate", sandbox.OpRotate, edited("access_token.expires_in", "5"), 200, has(`"expires_in":5`)},
		{"expires_in null from rotate", sandbox.OpRotate, withNull("access_token.expires_in"), 200, has(`"expires_in":null`)},
		{"a web page for a cancel", sandbox.OpCancel, sandbox.Faults()["web-page-before"], 200, html},
		{"a payment with null members", sandbox.OpCreateOutgoingPayment, withNull("metadata", "grantSpentReceiveAmount"), 201, has(`"metadata":null`, `"grantSpentReceiveAmount":null`, `"grantSpentDebitAmount":{`)},
		{"an incoming payment without methods", sandbox.OpReadIncomingPayment, edited("methods", ""), 200, func(a *answer) bool { return !strings.Contains(a.text, "methods") && strings.Contains(a.text, `"id"`) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPayer(t, sandbox.Config{}, nil)
			g, ref := p.approved()
			var token *answer
			if c.op == sandbox.OpRotate {
				token = p.resume(g, ref)
			}
			invoice := p.invoice("1")
			quote := p.quote(invoice.ID, nil)
			p.Fail(c.op, c.fault)
			a := map[sandbox.Op]func() *answer{
				sandbox.OpWallet:                func() *answer { return p.plainly(p.alice) },
				sandbox.OpGrant:                 func() *answer { return p.ask(nil) },
				sandbox.OpContinue:              func() *answer { return p.resume(g, ref) },
				sandbox.OpRotate:                func() *answer { return p.rotate(token) },
				sandbox.OpCancel:                func() *answer { return p.cancel(g) },
				sandbox.OpCreateOutgoingPayment: func() *answer { return p.pay(quote).answer },
				sandbox.OpReadIncomingPayment:   func() *answer { return p.read(p.token, invoice.ID).answer },
			}[c.op]()
			if a.status != c.status || !c.is(a) {
				t.Errorf("%d %v %s", a.status, a.header, a.text)
			}
			if p.PendingFaults() != 0 {
				t.Error("the fault did not happen")
			}
		})
	}
}

// plainly reads without decompressing.
func (w *world) plainly(url string) *answer {
	w.Helper()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	r, err := client.Get(url)
	if err != nil {
		w.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.Fatal(err)
	}
	return &answer{status: r.StatusCode, header: r.Header, text: string(b)}
}

// A harness counts the calls, and then lets each of them go wrong.
func TestEveryCallCanGoWrongByItsNumber(t *testing.T) {
	run := func(t *testing.T, fail int) (ops []sandbox.Op, statuses []int) {
		w := newWorld(t, sandbox.Config{Work: -1, Wait: -1})
		var mu sync.Mutex
		w.Hook(func(c sandbox.Call) {
			mu.Lock()
			defer mu.Unlock()
			ops = append(ops, c.Op)
			if c.Number != len(ops) || !strings.HasPrefix(c.URL, "/") {
				t.Errorf("%+v is call %d", c, len(ops))
			}
		}, nil)
		if fail > 0 {
			w.Fail(sandbox.OpAny, sandbox.Fault{Status: 418}.At(fail))
		}
		send := func(q request) *answer {
			a := w.send(q)
			statuses = append(statuses, a.status)
			return a
		}
		g := send(request{method: "POST", url: w.AuthServer(), body: w.grantBody(nil)})
		if g.Interact == nil {
			return ops, statuses
		}
		ref := w.approve(g).Get("interact_ref")
		send(w.resumption(g, ref))
		send(request{method: "DELETE", url: g.Continue.URI, token: g.Continue.AccessToken.Value})
		if w.PendingFaults() != 0 {
			t.Error("the fault did not happen")
		}
		return ops, statuses
	}
	ops, statuses := run(t, 0)
	if !slices.Equal(ops, []sandbox.Op{sandbox.OpGrant, sandbox.OpContinue, sandbox.OpCancel}) || !slices.Equal(statuses, []int{200, 200, 204}) {
		t.Fatalf("%v %v", ops, statuses)
	}
	for n := 1; n <= len(ops); n++ {
		if _, statuses := run(t, n); statuses[n-1] != 418 || slices.Contains(statuses[:n-1], 418) {
			t.Errorf("call %d: %v", n, statuses)
		}
	}
}

// A second caller can come before and after the server has acted.
func TestASecondCallerInBetween(t *testing.T) {
	for _, when := range []string{"before", "after"} {
		w := newWorld(t, sandbox.Config{Work: -1})
		g, ref := w.approved()
		cancel := func() { w.cancel(g).is(t, 204, "") }
		f, want := sandbox.Fault{Before: cancel}, 401
		if when == "after" {
			f, want = sandbox.Fault{After: cancel}, 200
		}
		w.Fail(sandbox.OpContinue, f)
		if a := w.resume(g, ref); a.status != want {
			t.Errorf("%s: %d %s", when, a.status, a.text)
		}
		if n := len(w.LiveTokens()); n != 0 {
			t.Errorf("%s: %d tokens live", when, n)
		}
	}
	w := newWorld(t, sandbox.Config{Work: -1})
	g, ref := w.approved()
	var order []string
	cancelled := false
	w.Hook(func(c sandbox.Call) { order = append(order, "before "+string(c.Op)) }, func(c sandbox.Call) {
		order = append(order, "after "+string(c.Op))
		if !cancelled {
			cancelled = true
			w.cancel(g)
		}
	})
	w.resume(g, ref).is(t, 200, "")
	if want := "before continue, after continue, before cancel, after cancel"; strings.Join(order, ", ") != want {
		t.Errorf("%q", order)
	}
}

func TestAFaultOfSomeRequestsOnly(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	w.Fail(sandbox.OpWallet, sandbox.Fault{Status: 503, Times: 2, Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/shop") }})
	for url, want := range map[string]int{w.alice: 200, w.shop: 503} {
		if status, _, _ := get(t, url); status != want {
			t.Errorf("%s: %d", url, status)
		}
	}
	w.ClearFaults()
	if status, _, _ := get(t, w.shop); status != 200 || w.PendingFaults() != 0 {
		t.Errorf("%d after ClearFaults", status)
	}
}

func TestTheTokensThatAreLive(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: -1})
	g, token, _ := w.issued()
	quote := w.given(m{"type": "quote", "actions": []any{"create"}})
	live := map[string]sandbox.LiveToken{}
	for _, l := range w.LiveTokens() {
		live[l.Value] = l
	}
	if !slices.Equal(slices.Sorted(maps.Keys(live)), slices.Sorted(slices.Values([]string{quote, token.AccessToken.Value}))) {
		t.Fatalf("%+v", live)
	}
	l := live[token.AccessToken.Value]
	if l.ManageURI != token.AccessToken.Manage || l.ContinueURI != g.Continue.URI || l.Client != w.shop || !l.Interactive || !l.ExpiresAt.Equal(l.MadeAt.Add(10*time.Minute)) || live[quote].Interactive {
		t.Errorf("%+v", live)
	}
	w.rotate(token)
	w.clock.move(11 * time.Minute)
	if all := w.LiveTokens(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// A token of seconds works for its life, and is rotated afterwards.
func TestTokensThatLiveForSeconds(t *testing.T) {
	for _, life := range []time.Duration{5 * time.Second, time.Second} {
		w := newWorld(t, sandbox.Config{TokenLife: life, Work: -1})
		_, token, _ := w.issued()
		for range 3 {
			if token.AccessToken.ExpiresIn != int(life/time.Second) || !w.Active(token.AccessToken.Value) {
				t.Errorf("%s: %s", life, token.text)
			}
			w.clock.move(life)
			if !w.Active(token.AccessToken.Value) {
				t.Errorf("%s: it died too early", life)
			}
			w.clock.move(time.Millisecond)
			w.read(token.AccessToken.Value, w.at("/outgoing-payment-grant")).is(t, 403, "Inactive Token")
			next := w.rotate(token)
			next.is(t, 200, "")
			token = next
		}
	}
}

// edited changes one member of the right answer; "" removes it.
func edited(path, value string) sandbox.Fault {
	return sandbox.Fault{Edit: map[string]string{path: value}}
}

// withNull sets members of the right answer to null.
func withNull(paths ...string) sandbox.Fault {
	f := sandbox.Fault{Edit: map[string]string{}}
	for _, path := range paths {
		f.Edit[path] = "null"
	}
	return f
}
