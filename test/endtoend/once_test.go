package endtoend

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestFromTheRequestToATokenThatWorks(t *testing.T) {
	onEachStore(t, func(t *testing.T, p place) {
		d := deploy(t, newTown(t, sandbox.Config{}), open(t, p))
		id, consentURL := d.ask(t)
		back := call(t, "", "GET", d.consent(t, consentURL), "")
		if back.Status != http.StatusSeeOther || strings.Contains(back.Location, id) {
			t.Fatalf("%d %s", back.Status, back.Location)
		}
		query := returned(t, back.Location)
		got := d.token(t, id, `{"code":"`+query.Get("code")+`"}`)
		if got.Status != http.StatusOK || !d.Active(got.text("accessToken")) || got.text("walletAddress") != d.alice {
			t.Fatalf("%d %s", got.Status, got.Raw)
		}
		if w := d.store.writes.Load(); w != 4 {
			t.Errorf("%d writes, want 4: asked, claimed, granted, code accepted", w)
		}
	})
}

func TestFiftyBrowsersAtOnceAreOneContinuation(t *testing.T) {
	onEachStore(t, func(t *testing.T, p place) {
		d := deploy(t, newTown(t, sandbox.Config{}), open(t, p))
		id, consentURL := d.ask(t)
		finish := d.consent(t, consentURL)
		d.Fail(sandbox.OpContinue, sandbox.Fault{Delay: 200 * time.Millisecond, Act: true})

		locations := make([]string, 50)
		var all sync.WaitGroup
		for i := range locations {
			all.Go(func() {
				for range 100 { // as a browser follows Refresh
					a := call(t, "", "GET", finish, "")
					if locations[i] = a.Location; a.Status == http.StatusSeeOther {
						return
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		all.Wait()
		for _, l := range locations {
			if l != locations[0] || returned(t, l).Get("status") != "granted" {
				t.Errorf("one browser went to %q, another to %q", l, locations[0])
			}
		}
		if s := d.Stats(); s.Continues != 1 || s.TokensIssued != 1 {
			t.Errorf("the wallet saw %d continuations and issued %d tokens", s.Continues, s.TokensIssued)
		}
		if got := call(t, "shop", "GET", d.URL+"/grants/"+id, ""); got.text("status") != "granted" {
			t.Errorf("%s", got.Raw)
		}
	})
}

func TestAnAnswerThatIsLostLeavesNoLiveToken(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, p place) {
		d := deploy(t, newTown(t, sandbox.Config{}), open(t, p))
		for name, fault := range map[string]sandbox.Fault{
			"the connection breaks": {Act: true, Drop: true},
			"a 500":                 {Act: true, Status: 500, Body: "oops"},
			"nonsense":              {Act: true, Status: 200, Body: "<html>"},
			"10 MB":                 {Act: true, Status: 200, Body: strings.Repeat(" ", 10<<20)},
			"a foreign manage URI": {Act: true, Status: 200, Body: `{"access_token":{"value":"t","manage":"https://other.example/token/1","expires_in":600,
				"access":[{"type":"outgoing-payment","actions":["create"],"identifier":"` + d.alice + `"}]},
				"continue":{"access_token":{"value":"c"},"uri":"` + d.AuthServer() + `/continue/1"}}`},
			"too slow": {Act: true, Delay: 3500 * time.Millisecond},
		} {
			t.Run(name, func(t *testing.T) {
				id, consentURL := d.ask(t)
				finish := d.consent(t, consentURL)
				d.Fail(sandbox.OpContinue, fault)
				query := returned(t, call(t, "", "GET", finish, "").Location)
				if query.Get("status") != "failed" || query.Get("error") != "outcome_unknown" {
					t.Errorf("returned with %s", query)
				}
				got := call(t, "shop", "GET", d.URL+"/grants/"+id, "")
				if got.text("status") != "failed" || d.Stats().LiveTokens != 0 {
					t.Errorf("%s, %d live tokens", got.Raw, d.Stats().LiveTokens)
				}
				if got := d.token(t, id, "{}"); got.Status != http.StatusGone || got.text("code") != "failed" {
					t.Errorf("%d %s", got.Status, got.Raw)
				}
			})
		}
	})
}
