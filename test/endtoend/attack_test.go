package endtoend

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A session is what an app keeps for one browser: the ids of the grants that
// were started in it.
type session struct {
	d      *deployment
	grants []string
}

// comesBack is what an app does when a browser comes to its returnUrl: it
// presents the code, with the ids of that browser's own session.
func (s *session) comesBack(t *testing.T, code string) (token string) {
	t.Helper()
	for _, id := range s.grants {
		if got := s.d.token(t, id, `{"code":"`+code+`"}`); got.Status == http.StatusOK {
			return got.text("accessToken")
		}
	}
	return ""
}

func TestAVictimWhoFinishesAnAttackersGrantGivesNobodyAToken(t *testing.T) {
	d := deploy(t, newTown(t, sandbox.Config{}), open(t, stores["bolt"].fresh(t)))
	attacker, victim := &session{d: d}, &session{d: d}
	id, consentURL := d.ask(t)
	attacker.grants = []string{id}

	// The victim opens the link that the attacker sent, and allows.
	back := call(t, "", "GET", d.consent(t, consentURL), "")
	code := returned(t, back.Location).Get("code")
	if token := victim.comesBack(t, code); token != "" {
		t.Error("the victim's session got the attacker's grant")
	}
	for _, guess := range []string{"", id, "granted", url.QueryEscape(consentURL)} {
		if token := attacker.comesBack(t, guess); token != "" {
			t.Errorf("the attacker got a token with the code %q", guess)
		}
	}
	own, _ := d.ask(t)
	victim.grants = []string{own}
	if token := victim.comesBack(t, code); token != "" {
		t.Error("the code was good for another grant")
	}

	d.later(5*time.Minute + time.Second)
	if token := attacker.comesBack(t, code); token != "" {
		t.Error("the code was good for too long")
	}
	got := call(t, "shop", "GET", d.URL+"/grants/"+id, "")
	if failure, _ := got.Body["failure"].(map[string]any); got.text("status") != "failed" || failure["code"] != "never_claimed" {
		t.Errorf("%s", got.Raw)
	}
	if live := d.Stats().LiveTokens; live != 0 {
		t.Errorf("%d live tokens", live)
	}
}

func TestWhoseSessionItIsGetsTheToken(t *testing.T) {
	d := deploy(t, newTown(t, sandbox.Config{}), open(t, stores["bolt"].fresh(t)))
	id, consentURL := d.ask(t)
	user := &session{d: d, grants: []string{id}}
	back := call(t, "", "GET", d.consent(t, consentURL), "")
	if token := user.comesBack(t, returned(t, back.Location).Get("code")); !d.Active(token) {
		t.Error("no token that works")
	}
}
