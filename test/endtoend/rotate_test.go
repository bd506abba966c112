package endtoend

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/storetest"
)

// told is when the service said that a token works until.
func told(t *testing.T, a answer) time.Time {
	t.Helper()
	until, err := time.Parse(time.RFC3339, a.text("expiresAt"))
	if err != nil {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	return until
}

func TestEveryTokenWorksUntilTheTimeToldWithIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, p place) {
		d := deploy(t, newTown(t, sandbox.Config{}), open(t, p))
		id, first := d.claimed(t)
		promises := map[string]time.Time{first.text("accessToken"): told(t, first)}
		begin := d.now()
		var mu sync.Mutex
		for d.now().Sub(begin) < 3*9*time.Minute {
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					got := d.token(t, id, "")
					mu.Lock()
					defer mu.Unlock()
					promises[got.text("accessToken")] = told(t, got)
				})
			}
			all.Wait()
			for token, until := range promises {
				if until.After(d.now()) && !d.Active(token) {
					t.Fatalf("a token died %s before the time told with it", until.Sub(d.now()))
				}
			}
			d.later(30 * time.Second)
		}
		if s := d.Stats(); len(promises) != 3 || s.Rotations != 2 {
			t.Errorf("%d tokens and %d rotations in three lifetimes", len(promises), s.Rotations)
		}
	})
}

func TestWhatGoesWrongWithARotationEndsAsPromised(t *testing.T) {
	refusal := func(status int, code string) sandbox.Fault {
		return sandbox.Fault{Status: status, Body: `{"error":{"code":"` + code + `","description":""}}`}
	}
	for name, c := range map[string]struct {
		fault   sandbox.Fault
		before  func(d *deployment, t *testing.T, consentURL string)
		answers []int  // of the calls for a token
		status  string // of the grant, after them
		failure string
	}{
		"its answer is lost":        {fault: sandbox.Fault{Act: true, Drop: true}, answers: []int{503, 410}, status: "failed", failure: "token_lost"},
		"it is never done":          {fault: sandbox.Fault{Drop: true}, answers: []int{503, 200}, status: "granted"},
		"a 500":                     {fault: sandbox.Fault{Status: 500}, answers: []int{503, 200}, status: "granted"},
		"a 500 after it was done":   {fault: sandbox.Fault{Act: true, Status: 500}, answers: []int{503, 410}, status: "failed", failure: "token_lost"},
		"404 invalid_rotation":      {fault: refusal(404, "invalid_rotation"), answers: []int{503, 200}, status: "granted"},
		"400 invalid_client":        {fault: refusal(400, "invalid_client"), answers: []int{503, 200}, status: "granted"},
		"a false 401":               {fault: refusal(401, "invalid_client"), answers: []int{200}, status: "granted"},
		"revoked at the wallet":     {before: func(d *deployment, t *testing.T, u string) { _ = d.RevokeGrant(u) }, answers: []int{410, 410}, status: "revoked", failure: "revoked_at_wallet"},
		"forgotten after 30 days":   {before: func(d *deployment, t *testing.T, u string) { d.later(31 * 24 * time.Hour) }, answers: []int{410}, status: "expired"},
		"the server is down and up": {before: func(d *deployment, t *testing.T, u string) { _ = d.Down() }, answers: []int{503}, status: "granted"},
	} {
		t.Run(name, func(t *testing.T) {
			d := deploy(t, newTown(t, sandbox.Config{}), open(t, stores["bolt"].fresh(t)))
			id, consentURL := d.ask(t)
			code := returned(t, call(t, "", "GET", d.consent(t, consentURL), "").Location).Get("code")
			first := d.token(t, id, `{"code":"`+code+`"}`)
			refused := `{"refused":"` + first.text("accessToken") + `"}`
			if c.before != nil {
				c.before(d, t, consentURL)
			}
			if c.fault.Status != 0 || c.fault.Drop {
				d.Fail(sandbox.OpRotate, c.fault)
			}
			for i, want := range c.answers {
				got := d.token(t, id, refused)
				if got.Status != want || got.Status == http.StatusOK && !d.Active(got.text("accessToken")) {
					t.Errorf("call %d: %d %s, want %d", i+1, got.Status, got.Raw, want)
				}
			}
			_ = d.Up()
			got := call(t, "shop", "GET", d.URL+"/grants/"+id, "")
			failure, _ := got.Body["failure"].(map[string]any)
			code, _ = failure["code"].(string)
			if got.text("status") != c.status || code != c.failure {
				t.Errorf("%s", got.Raw)
			}
			d.wantNoStranger(t, id)
		})
	}
}

// wantNoStranger checks that no token works that the store does not know.
func (d *deployment) wantNoStranger(t *testing.T, id string) {
	t.Helper()
	it, err := d.store.Get(storetest.Deadline(t), id)
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	if it.Token != "" && d.Active(it.Token) {
		known = 1
	}
	if live := d.Stats().LiveTokens; live != known {
		t.Errorf("%d live tokens, the store knows %d", live, known)
	}
}

func TestOneKeyTwentyTimesAtOnceIsOneGrant(t *testing.T) {
	onEachStore(t, func(t *testing.T, p place) {
		d := deploy(t, newTown(t, sandbox.Config{}), open(t, p))
		d.Fail(sandbox.OpGrant, sandbox.Fault{Act: true, Delay: 100 * time.Millisecond})
		var mu sync.Mutex
		ids, created := map[string]int{}, 0
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for range 200 {
					got := d.keyed(t, "order-7")
					if got.Status == http.StatusConflict {
						time.Sleep(20 * time.Millisecond)
						continue
					}
					mu.Lock()
					defer mu.Unlock()
					ids[got.text("id")]++
					if got.Status == http.StatusCreated && got.Replayed == "" {
						created++
					}
					return
				}
			})
		}
		all.Wait()
		if len(ids) != 1 || created != 1 || d.Stats().GrantRequests != 1 {
			t.Errorf("%v, %d not replayed, %d requests at the wallet", ids, created, d.Stats().GrantRequests)
		}
	})
}

func (d *deployment) keyed(t *testing.T, key string) answer {
	t.Helper()
	body, _ := json.Marshal(map[string]any{"walletAddress": d.alice, "unlimited": true, "returnUrl": returnURL})
	return call(t, "shop", "POST", d.URL+"/grants", string(body), "Idempotency-Key", key)
}
