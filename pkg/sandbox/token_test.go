package sandbox_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

const day = 24 * time.Hour

func TestATokenWorksForItsLife(t *testing.T) {
	for name, c := range map[string]struct {
		life    time.Duration
		seconds int
	}{"by default": {0, 600}, "as told": {time.Minute, 60}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{TokenLife: c.life, Work: -1})
			_, token, _ := w.issued()
			if token.AccessToken.ExpiresIn != c.seconds {
				t.Errorf("expires_in is %d, want %d", token.AccessToken.ExpiresIn, c.seconds)
			}
			w.clock.move(time.Duration(c.seconds) * time.Second)
			if !w.Active(token.AccessToken.Value) || w.Stats().LiveTokens != 1 {
				t.Error("it died too early")
			}
			w.clock.move(time.Second)
			if w.Active(token.AccessToken.Value) || w.Stats().LiveTokens != 0 {
				t.Error("it lives too long")
			}
		})
	}
}

func TestRotationAndRevocationAreAnsweredAsTheFactsSay(t *testing.T) {
	for _, c := range []struct {
		name   string
		ask    func(w *world, g, token *answer) *answer
		status int
		code   string
	}{
		{"rotate", func(w *world, _, token *answer) *answer { return w.rotate(token) }, 200, ""},
		{"rotate when it has expired", func(w *world, _, token *answer) *answer { w.clock.move(29 * day); return w.rotate(token) }, 200, ""},
		{"rotate after 30 days", func(w *world, _, token *answer) *answer { w.clock.move(31 * day); return w.rotate(token) }, 401, "invalid_client"},
		{"rotate with whatever token", func(w *world, _, token *answer) *answer {
			return w.send(request{method: "POST", url: token.AccessToken.Manage, token: "ANOTHER"})
		}, 200, ""},
		{"rotate at the old URI", func(w *world, _, token *answer) *answer { w.rotate(token); return w.rotate(token) }, 401, "invalid_client"},
		{"rotate after a cancel", func(w *world, g, token *answer) *answer { w.cancel(g); return w.rotate(token) }, 401, "invalid_client"},
		{"rotate after the user took the consent back", func(w *world, g, token *answer) *answer {
			_ = w.RevokeGrant(g.Interact.Redirect)
			return w.rotate(token)
		}, 401, "invalid_client"},
		{"rotate with another key", func(w *world, _, token *answer) *answer {
			q := request{method: "POST", url: token.AccessToken.Manage, token: token.AccessToken.Value, signer: w.signer()}
			q.signer.Key = anotherKey
			return w.send(q)
		}, 401, "invalid_client"},
		{"rotate while the key set is unreachable", func(w *world, _, token *answer) *answer {
			w.Fail(sandbox.OpKeys, sandbox.Fault{Drop: true})
			a := w.rotate(token)
			if !w.Active(token.AccessToken.Value) {
				w.Error("the old token died")
			}
			return a
		}, 400, "invalid_client"},
		{"revoke", func(w *world, _, token *answer) *answer { return w.revoke(token) }, 204, ""},
		{"revoke again", func(w *world, _, token *answer) *answer { w.revoke(token); return w.revoke(token) }, 401, "invalid_client"},
		{"revoke at the old URI", func(w *world, _, token *answer) *answer { w.rotate(token); return w.revoke(token) }, 401, "invalid_client"},
		{"rotate after a revocation", func(w *world, _, token *answer) *answer { w.revoke(token); return w.rotate(token) }, 401, "invalid_client"},
		{"an unknown manage URI", func(w *world, _, token *answer) *answer {
			return w.send(request{method: "POST", url: w.AuthServer() + "/token/none", token: token.AccessToken.Value})
		}, 401, "invalid_client"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{Work: -1})
			g, token, _ := w.issued()
			c.ask(w, g, token).is(t, c.status, c.code)
		})
	}
}

func TestOfTwoRotationsAtOnceOneWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Config{Work: 200 * time.Millisecond})
	_, token, _ := w.issued()
	answers := w.sendAll(2, request{method: "POST", url: token.AccessToken.Manage, token: token.AccessToken.Value})
	won, lost := answers[0], answers[1]
	if won.status != 200 {
		won, lost = lost, won
	}
	won.is(t, 200, "")
	lost.is(t, 404, "invalid_rotation")
	if n := w.Stats().LiveTokens; n != 1 || !w.Active(won.AccessToken.Value) {
		t.Errorf("%d tokens live", n)
	}
}
