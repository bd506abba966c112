package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestARequestFailsAsItWasToldTo(t *testing.T) {
	type outcome struct {
		failed bool // without an answer
		status int
		tokens int // made by it
	}
	for _, c := range []struct {
		name  string
		fault sandbox.Fault
		want  outcome
	}{
		{"slow", sandbox.Fault{Delay: 30 * time.Millisecond}, outcome{false, 200, 1}},
		{"answered otherwise, without acting", sandbox.Fault{Status: 503, Body: "busy"}, outcome{false, 503, 0}},
		{"answered otherwise, after acting", sandbox.Fault{Act: true, Status: 500}, outcome{false, 500, 1}},
		{"a 200 that is nonsense", sandbox.Fault{Act: true, Status: 200, Body: "<html>"}, outcome{false, 200, 1}},
		{"dropped without acting", sandbox.Fault{Drop: true}, outcome{true, 0, 0}},
		{"dropped after acting", sandbox.Fault{Act: true, Drop: true}, outcome{true, 0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{Work: -1})
			g, ref := w.approved()
			w.Fail(sandbox.OpContinue, c.fault)
			begun := time.Now()
			a, err := w.try(w.resumption(g, ref))
			got := outcome{failed: err != nil, tokens: w.Stats().TokensIssued}
			if a != nil && err == nil {
				got.status = a.status
			}
			if got != c.want || time.Since(begun) < c.fault.Delay {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if c.fault.Body != "" && a.text != c.fault.Body {
				t.Errorf("the body is %q", a.text)
			}
			if w.Stats().Continues != 1 {
				t.Error("the request was not counted")
			}
			// The next one goes well again, or finds that the reference is used.
			want, code := 200, ""
			if c.want.tokens == 1 {
				want, code = 401, "request_denied"
			}
			w.resume(g, ref).is(t, want, code)
		})
	}
}

func TestEveryOperationCanFail(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: -1})
	teapot := sandbox.Fault{Status: 418, Times: 2, Header: http.Header{"Retry-After": {"7"}}}
	g, token, ref := w.issued()
	for op, send := range map[sandbox.Op]func() *answer{
		sandbox.OpGrant:    func() *answer { return w.ask(nil) },
		sandbox.OpContinue: func() *answer { return w.resume(g, ref) },
		sandbox.OpCancel:   func() *answer { return w.cancel(g) },
		sandbox.OpRotate:   func() *answer { return w.rotate(token) },
		sandbox.OpRevoke:   func() *answer { return w.revoke(token) },
	} {
		w.Fail(op, teapot)
		for range 2 {
			if a := send(); a.status != 418 || a.header.Get("Retry-After") != "7" {
				t.Errorf("%s: %d %v", op, a.status, a.header)
			}
		}
	}
	for op, url := range map[sandbox.Op]string{sandbox.OpWallet: w.alice, sandbox.OpKeys: w.shop + "/jwks.json", sandbox.OpConsent: w.mustAsk(nil).Interact.Redirect} {
		w.Fail(op, sandbox.Fault{Status: 418})
		if status, _, _ := get(t, url); status != 418 {
			t.Errorf("%s: %d", op, status)
		}
		if status, _, _ := get(t, url); status == 418 {
			t.Errorf("%s fails twice", op)
		}
	}
	w.cancel(g).is(t, 204, "")
}

func TestCloseDoesNotWaitForWhatIsDelayed(t *testing.T) {
	t.Run("listening", func(t *testing.T) { closeWhileDelayed(t, newWorld(t, sandbox.Config{})) })
	t.Run("mounted", func(t *testing.T) {
		front := httptest.NewServer(nil)
		defer front.Close()
		w := &world{T: t, clock: newClock(), key: shopKey, http: freshConnections()}
		var err error
		if w.Server, err = sandbox.New(sandbox.Config{PublicURL: front.URL}); err != nil {
			t.Fatal(err)
		}
		front.Config.Handler = w.Server
		closeWhileDelayed(t, w)
	})
}

func closeWhileDelayed(t *testing.T, w *world) {
	t.Helper()
	w.Fail(sandbox.OpGrant, sandbox.Fault{Delay: time.Hour})
	done := make(chan error)
	go func() {
		_, err := w.try(request{method: "POST", url: w.AuthServer(), body: w.grantBody(nil)})
		done <- err
	}()
	for w.Stats().GrantRequests == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-done:
		if err == nil {
			t.Error("it was answered")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the request still hangs")
	}
}
