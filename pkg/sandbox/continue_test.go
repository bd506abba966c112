package sandbox_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAContinueIsAnsweredAsTheTableSays(t *testing.T) {
	approve := func(w *world) (*answer, string) { return w.approved() }
	pollable := func(w *world) *answer {
		g := w.mustAsk(func(b m) { delete(b["interact"].(m), "finish") })
		w.clock.move(6 * time.Second)
		return g
	}
	for _, c := range []struct {
		name   string
		ask    func(w *world) *answer
		status int
		code   string
	}{
		{"the right reference, too soon", func(w *world) *answer {
			g := w.mustAsk(nil)
			ref := w.approve(g).Get("interact_ref")
			w.clock.move(4 * time.Second)
			return w.resume(g, ref)
		}, 400, "too_fast"},
		{"asking too soon does not move the clock", func(w *world) *answer {
			g := w.mustAsk(nil)
			ref := w.approve(g).Get("interact_ref")
			w.clock.move(4 * time.Second)
			w.resume(g, ref)
			w.clock.move(time.Second)
			return w.resume(g, ref)
		}, 200, ""},
		{"the right reference, after the wait", func(w *world) *answer { return w.resume(approve(w)) }, 200, ""},
		{"the right reference, long after the consent", func(w *world) *answer {
			g, ref := approve(w)
			w.clock.move(24 * time.Hour)
			return w.resume(g, ref)
		}, 200, ""},
		{"the same reference a second time", func(w *world) *answer { g, _, ref := w.issued(); return w.resume(g, ref) }, 401, "request_denied"},
		{"a reference that is none", func(w *world) *answer { g, _ := approve(w); return w.resume(g, "no-such-reference") }, 404, "invalid_continuation"},
		{"another grant's reference", func(w *world) *answer {
			g, _ := approve(w)
			_, other := approve(w)
			return w.resume(g, other)
		}, 404, "invalid_continuation"},
		{"a body without a reference", func(w *world) *answer {
			g, _ := approve(w)
			q := w.resumption(g, "")
			q.body = `{"x":1}`
			return w.send(q)
		}, 401, "invalid_request"},
		{"before the user came back", func(w *world) *answer {
			g := w.mustAsk(nil)
			w.clock.move(6 * time.Second)
			return w.resume(g, "guessed")
		}, 404, "invalid_continuation"},
		{"after a rejection", func(w *world) *answer {
			g := w.mustAsk(nil)
			if _, err := w.Refuse(g.Interact.Redirect); err != nil {
				w.Fatal(err)
			}
			w.clock.move(6 * time.Second)
			w.poll(g).is(w.T, 401, "request_denied")
			return w.resume(g, w.hiddenReference())
		}, 404, "invalid_continuation"},
		{"after a rejection, before the browser is back", func(w *world) *answer {
			g := w.mustAsk(nil)
			newBrowser(w.T).choose(g.Interact.Redirect, "reject")
			w.clock.move(6 * time.Second)
			return w.resume(g, w.hiddenReference())
		}, 401, "request_denied"},
		{"the wrong token", func(w *world) *answer {
			g, ref := approve(w)
			q := w.resumption(g, ref)
			q.token = "ANOTHER"
			return w.send(q)
		}, 401, "invalid_continuation"},
		{"an unknown id", func(w *world) *answer {
			g, ref := approve(w)
			q := w.resumption(g, ref)
			q.url = w.AuthServer() + "/continue/0b1b9e14-5c4f-4f2b-9f0e-0a8f4d3f9f55"
			return w.send(q)
		}, 401, "invalid_continuation"},
		{"Bearer", func(w *world) *answer {
			g, ref := approve(w)
			q := w.resumption(g, ref)
			q.scheme = "Bearer"
			return w.send(q)
		}, 401, "invalid_continuation"},
		{"no Authorization", func(w *world) *answer {
			g, ref := approve(w)
			q := w.resumption(g, ref)
			q.token = ""
			return w.send(q)
		}, 401, "invalid_client"},
		{"no body, before the wait", func(w *world) *answer { return w.poll(w.mustAsk(nil)) }, 400, "too_fast"},
		{"no body, the grant has a finish", func(w *world) *answer { g, _ := approve(w); return w.poll(g) }, 401, "request_denied"},
		{"an empty list is no body", func(w *world) *answer {
			g, _ := approve(w)
			q := w.resumption(g, "")
			q.body = "[]"
			return w.send(q)
		}, 401, "request_denied"},
		{"an empty object is no body", func(w *world) *answer {
			g, _ := approve(w)
			q := w.resumption(g, "")
			q.body = "{}"
			return w.send(q)
		}, 401, "request_denied"},
		{"no body, issued", func(w *world) *answer { g, _, _ := w.issued(); return w.poll(g) }, 401, "request_denied"},
		{"no body, the token was revoked", func(w *world) *answer {
			g, token, _ := w.issued()
			w.revoke(token).is(w.T, 204, "")
			return w.poll(g)
		}, 401, "request_denied"},
		{"no body, cancelled", func(w *world) *answer {
			g, _ := approve(w)
			w.cancel(g).is(w.T, 204, "")
			return w.poll(g)
		}, 401, "invalid_continuation"},
		{"no body, the user took the consent back", func(w *world) *answer {
			g, _, _ := w.issued()
			if err := w.RevokeGrant(g.Interact.Redirect); err != nil {
				w.Fatal(err)
			}
			return w.poll(g)
		}, 401, "invalid_continuation"},
		{"polling, still pending", func(w *world) *answer { return w.poll(pollable(w)) }, 200, ""},
		{"polling starts the wait again", func(w *world) *answer { g := pollable(w); w.poll(g); return w.poll(g) }, 400, "too_fast"},
		{"polling, approved", func(w *world) *answer {
			g := pollable(w)
			if finish, err := w.Approve(g.Interact.Redirect); err != nil || finish != "" {
				w.Fatalf("%q, %v", finish, err)
			}
			return w.poll(g)
		}, 200, ""},
		{"polling, a second time", func(w *world) *answer {
			g := pollable(w)
			_, _ = w.Approve(g.Interact.Redirect)
			w.poll(g)
			return w.poll(g)
		}, 401, "request_denied"},
		{"polling, refused", func(w *world) *answer {
			g := pollable(w)
			_, _ = w.Refuse(g.Interact.Redirect)
			return w.poll(g)
		}, 401, "request_denied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{Work: -1})
			c.ask(w).is(t, c.status, c.code)
		})
	}
}

// hiddenReference is the one that a refused grant would have had.
func (w *world) hiddenReference() string {
	w.Helper()
	for _, secret := range w.Secrets() {
		if strings.Count(secret, "-") == 4 {
			return secret
		}
	}
	w.Fatal("no secret is a reference")
	return ""
}

func TestAPollThatIsPendingAnswersTheContinuationAlone(t *testing.T) {
	w := newWorld(t, sandbox.Config{Wait: -time.Minute})
	g := w.mustAsk(func(b m) { delete(b["interact"].(m), "finish") })
	a := w.poll(g)
	if a.status != 200 || a.AccessToken != nil || a.Continue.Wait == nil || *a.Continue.Wait != 0 || a.Continue.URI != g.Continue.URI {
		t.Errorf("%s", a.text)
	}
	if _, err := w.Approve(g.Interact.Redirect); err != nil {
		t.Fatal(err)
	}
	if a := w.poll(g); a.AccessToken == nil || !w.Active(a.AccessToken.Value) {
		t.Errorf("no token: %s", a.text)
	}
}

func TestContinuesAtTheSameTimeEachGetAToken(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: 200 * time.Millisecond})
	g, ref := w.approved()
	answers := w.sendAll(5, w.resumption(g, ref))
	tokens := map[string]bool{}
	for _, a := range answers {
		a.is(t, 200, "")
		tokens[a.AccessToken.Value] = true
	}
	if len(tokens) != 5 || w.Stats().LiveTokens != 5 {
		t.Errorf("%d tokens, %d live; five were asked for at once", len(tokens), w.Stats().LiveTokens)
	}
	w.resume(g, ref).is(t, 401, "request_denied")
	w.cancel(g).is(t, 204, "")
	if n := w.Stats().LiveTokens; n != 0 {
		t.Errorf("%d tokens live after the cancel", n)
	}
}

// sendAll sends the request n times at once.
func (w *world) sendAll(n int, q request) []*answer {
	w.Helper()
	answers := make([]*answer, n)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() {
			var err error
			if answers[i], err = w.try(q); err != nil {
				w.Error(err)
				answers[i] = &answer{}
			}
		})
	}
	group.Wait()
	return answers
}

func TestReopeningTheFinishPageOpensTheReferenceAgain(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: -1})
	g, first, ref := w.issued()
	again, err := w.Reopen(g.Interact.Redirect)
	if err != nil || !strings.Contains(again, "interact_ref="+url.QueryEscape(ref)) {
		t.Fatalf("the finish page again: %q, %v", again, err)
	}
	second := w.resume(g, ref)
	second.is(t, 200, "")
	if !w.Active(first.AccessToken.Value) || !w.Active(second.AccessToken.Value) || first.AccessToken.Value == second.AccessToken.Value {
		t.Error("there should be two tokens that work")
	}
	w.resume(g, ref).is(t, 401, "request_denied")
}

func TestWhatIsRefusedBeforeTheReferenceIsUsedDoesNotUseItUp(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: -1})
	g, ref := w.approved()
	q := w.resumption(g, ref)

	w.Fail(sandbox.OpKeys, sandbox.Fault{Drop: true})
	w.send(q).is(t, 400, "invalid_client") // unreachable key set

	unknown := q
	unknown.signer = w.signer()
	unknown.signer.KeyID = "key-2"
	w.send(unknown).is(t, 400, "invalid_client")

	wrong := q
	wrong.signer = w.signer()
	wrong.signer.Key = anotherKey
	w.send(wrong).is(t, 401, "invalid_client")

	w.send(q).is(t, 200, "")
}

func TestACancelEndsAGrantInEveryLiveState(t *testing.T) {
	for name, prepare := range map[string]func(w *world) *answer{
		"pending":  func(w *world) *answer { return w.mustAsk(nil) },
		"approved": func(w *world) *answer { g, _ := w.approved(); return g },
		"issued":   func(w *world) *answer { g, _, _ := w.issued(); return g },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{Work: -1})
			g := prepare(w)
			w.cancel(g).is(t, 204, "")
			if n := w.Stats().LiveTokens; n != 0 {
				t.Errorf("%d tokens live", n)
			}
			w.cancel(g).is(t, 401, "invalid_continuation")
		})
	}
}

func TestACancelWithTheWrongTokenIsRefusedBeforeTheSignatureIsVerified(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: -1})
	g, token, _ := w.issued()
	q := request{method: "DELETE", url: g.Continue.URI, token: "ANOTHER", signer: w.signer()}
	q.signer.Key = anotherKey
	w.send(q).is(t, 401, "invalid_continuation")
	q.token = g.Continue.AccessToken.Value
	w.send(q).is(t, 401, "invalid_client")
	w.Fail(sandbox.OpKeys, sandbox.Fault{Drop: true})
	w.cancel(g).is(t, 400, "invalid_client")
	if !w.Active(token.AccessToken.Value) {
		t.Error("the token died")
	}
}

func TestACancelDuringAContinueCanLeaveATokenThatWorks(t *testing.T) {
	w := newWorld(t, sandbox.Config{Work: 150 * time.Millisecond})
	g, ref := w.approved()
	continued := make(chan *answer)
	go func() {
		a, _ := w.try(w.resumption(g, ref))
		continued <- a
	}()
	for w.Stats().Continues == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond) // into the continue's work
	w.cancel(g).is(t, 204, "")
	a := <-continued
	a.is(t, 200, "")
	if !w.Active(a.AccessToken.Value) {
		t.Fatal("the token does not work")
	}
	w.cancel(g).is(t, 204, "")
	if w.Active(a.AccessToken.Value) {
		t.Error("the second cancel left the token")
	}
}
