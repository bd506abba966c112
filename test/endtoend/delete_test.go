package endtoend

import (
	"crypto/ed25519"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func (d *deployment) delete(t *testing.T, id string) answer {
	t.Helper()
	return call(t, "shop", "DELETE", d.URL+"/grants/"+id, "")
}

func TestARevokedGrantIsRevokedInBothPlaces(t *testing.T) {
	onEachStore(t, func(t *testing.T, p place) {
		d := deploy(t, newTown(t, sandbox.Config{}), open(t, p))
		id, first := d.claimed(t)
		for range 2 {
			if got := d.delete(t, id); got.Status != http.StatusNoContent {
				t.Fatalf("%d %s", got.Status, got.Raw)
			}
		}
		if d.Active(first.text("accessToken")) || d.Stats().Cancels != 1 {
			t.Errorf("the token works, or %d cancels", d.Stats().Cancels)
		}
		if got := d.token(t, id, ""); got.Status != http.StatusGone || got.text("code") != "revoked" {
			t.Errorf("%d %s", got.Status, got.Raw)
		}
	})
}

func TestARevocationWhileTheServerIsDownIsTakenUpLater(t *testing.T) {
	onEachStore(t, func(t *testing.T, p place) {
		d := deploy(t, newTown(t, sandbox.Config{}), open(t, p))
		id, first := d.claimed(t)
		if err := d.Down(); err != nil {
			t.Fatal(err)
		}
		if got := d.delete(t, id); got.Status != http.StatusBadGateway || got.RetryAfter == "" {
			t.Errorf("%d %s", got.Status, got.Raw)
		}
		if got := d.token(t, id, ""); got.Status != http.StatusGone {
			t.Errorf("%d %s", got.Status, got.Raw)
		}
		if err := d.Up(); err != nil {
			t.Fatal(err)
		}
		if got := call(t, "shop", "GET", d.URL+"/grants/"+id, ""); got.text("status") != "revoked" {
			t.Errorf("%s", got.Raw)
		}
		if d.Active(first.text("accessToken")) {
			t.Error("the token works")
		}
	})
}

// A DELETE at any moment of a continuation or a rotation leaves no live token.
func TestARevocationDuringAContinuationOrARotationLeavesNoLiveToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		op    sandbox.Op
		fault sandbox.Fault
	}{
		"a continuation that is slow to act":  {sandbox.OpContinue, sandbox.Fault{Act: true, Delay: 300 * time.Millisecond}},
		"a continuation whose answer is lost": {sandbox.OpContinue, sandbox.Fault{Act: true, Drop: true, Delay: 300 * time.Millisecond}},
		"a rotation that is slow to act":      {sandbox.OpRotate, sandbox.Fault{Act: true, Delay: 300 * time.Millisecond}},
		"a rotation whose answer is lost":     {sandbox.OpRotate, sandbox.Fault{Act: true, Drop: true, Delay: 300 * time.Millisecond}},
		"a continuation, both within 20 ms":   {sandbox.OpContinue, sandbox.Fault{}},
		"a rotation, both within 20 ms":       {sandbox.OpRotate, sandbox.Fault{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, newTown(t, sandbox.Config{Work: 10 * time.Millisecond}), open(t, stores["bolt"].fresh(t)))
			for try := range 10 {
				var id string
				var work func()
				if c.op == sandbox.OpContinue {
					var consentURL string
					id, consentURL = d.ask(t)
					finish := d.consent(t, consentURL)
					work = func() { call(t, "", "GET", finish, "") }
				} else {
					var first answer
					id, first = d.claimed(t)
					work = func() { d.token(t, id, `{"refused":"`+first.text("accessToken")+`"}`) }
				}
				wait := time.Duration(try) * 2 * time.Millisecond
				if c.fault.Delay > 0 {
					d.Fail(c.op, c.fault)
					wait = 100 * time.Millisecond
				}
				var both sync.WaitGroup
				both.Go(work)
				time.Sleep(wait)
				got := d.delete(t, id)
				both.Wait()
				if got.Status != http.StatusNoContent && got.Status != http.StatusServiceUnavailable {
					t.Errorf("%d %s", got.Status, got.Raw)
				}
				if got := call(t, "shop", "GET", d.URL+"/grants/"+id, ""); got.text("status") != "revoked" {
					t.Errorf("%s", got.Raw)
				}
				if live := d.Stats().LiveTokens; live != 0 {
					t.Fatalf("%d live tokens", live)
				}
				if c.fault.Delay > 0 && try == 1 {
					break
				}
			}
		})
	}
}

func TestOwnersSeeUseAndEndOnlyTheirOwn(t *testing.T) {
	d := deploy(t, newTown(t, sandbox.Config{}), open(t, stores["bolt"].fresh(t)))
	id, first := d.claimed(t)
	for _, r := range [][2]string{{"GET", ""}, {"POST", "/token"}, {"DELETE", ""}, {"DELETE", "?forget=true"}} {
		if got := call(t, "other", r[0], d.URL+"/grants/"+id+r[1], ""); got.Status != http.StatusNotFound {
			t.Errorf("%s %s: %d %s", r[0], r[1], got.Status, got.Raw)
		}
	}
	if !d.Active(first.text("accessToken")) {
		t.Error("another owner ended it")
	}
}

func TestAGrantWhoseWalletRefusesOurKeyCanBeForgotten(t *testing.T) {
	d := deploy(t, newTown(t, sandbox.Config{}), open(t, stores["bolt"].fresh(t)))
	id, first := d.claimed(t)
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetKeys(d.client, sandbox.NewJWK("key-1", other)); err != nil {
		t.Fatal(err)
	}
	if got := d.delete(t, id); got.Status != http.StatusServiceUnavailable || got.text("code") != "key_refused" {
		t.Fatalf("%d %s", got.Status, got.Raw)
	}
	got := call(t, "shop", "DELETE", d.URL+"/grants/"+id+"?forget=true", "")
	if got.Status != http.StatusOK || got.text("status") != "revoked" || got.text("upstream") != "unconfirmed" {
		t.Errorf("%d %s", got.Status, got.Raw)
	}
	if got := d.token(t, id, ""); got.Status != http.StatusGone || !d.Active(first.text("accessToken")) {
		t.Errorf("%d %s", got.Status, got.Raw)
	}
}
