package sandbox_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAGrantIsAskedForApprovedContinuedRotatedAndRevoked(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	g := w.mustAsk(nil)
	if g.Interact == nil || g.AccessToken != nil || g.Continue.Wait == nil || *g.Continue.Wait != 5 {
		t.Fatalf("not a pending grant: %s", g.text)
	}
	if !strings.HasPrefix(g.Continue.URI, w.AuthServer()+"/continue/") || !strings.HasPrefix(g.Interact.Redirect, w.AuthServer()+"/interact/") {
		t.Errorf("URIs of another server: %s", g.text)
	}

	finish, err := w.Approve(g.Interact.Redirect)
	if err != nil || !strings.HasPrefix(finish, finishURI+"&hash=") {
		t.Fatalf("finish %q, %v", finish, err)
	}
	ref := finish[strings.LastIndex(finish, "=")+1:]
	sum := sha256.Sum256([]byte("client-nonce-1\n" + g.Interact.Finish + "\n" + ref + "\n" + w.AuthServer()))
	if hash := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(base64.StdEncoding.EncodeToString(sum[:])); finish != finishURI+"&hash="+hash+"&interact_ref="+ref {
		t.Errorf("finish %s, want the hash %s", finish, hash)
	}

	w.resume(g, ref).is(t, 400, "too_fast")
	w.clock.move(5 * time.Second)
	token := w.resume(g, ref)
	token.is(t, 200, "")
	if token.AccessToken.ExpiresIn != 600 || len(token.AccessToken.Access) != 1 || token.Continue.URI != g.Continue.URI || token.Continue.AccessToken != g.Continue.AccessToken {
		t.Errorf("the answer to the continue: %s", token.text)
	}
	if !w.Active(token.AccessToken.Value) {
		t.Error("the token does not work")
	}

	next := w.rotate(token)
	next.is(t, 200, "")
	if w.Active(token.AccessToken.Value) || !w.Active(next.AccessToken.Value) || next.AccessToken.Manage == token.AccessToken.Manage {
		t.Errorf("rotated: %s", next.text)
	}
	w.revoke(next).is(t, 204, "")
	w.cancel(g).is(t, 204, "")
	if n := w.Stats(); n.LiveTokens != 0 || n.GrantRequests != 1 || n.Continues != 2 || n.Rotations != 1 || n.Revocations != 1 || n.Cancels != 1 || n.TokensIssued != 2 {
		t.Errorf("%+v", n)
	}
}
