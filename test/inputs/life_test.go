package inputs_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/inputs"
)

// lives is the expires_in that a wallet gives, and whether the app is told an end.
var lives = []struct {
	name, value string
	ends        bool
}{
	{"`600`", "600", true},
	{"`600.0`", "600.0", true},
	{"`6e2`", "6e2", true},
	{"`\"600\"`, as a text", `"600"`, true},
	{"`600.9`", "600.9", true},
	{"`5`", "5", true},
	{"`1`", "1", true},
	{"`99999999999999999999`", "99999999999999999999", true},
	{"`1e400`", "1e400", true},
	{"`0`", "0", false},
	{"`0.4`", "0.4", false},
	{"`-1`", "-1", false},
	{"`null`", "null", false},
	{"left out", "", false},
	{"`\"\"`", `""`, false},
	{"`\"never\"`", `"never"`, false},
	{"`\"NaN\"`", `"NaN"`, false},
	{"`false`", "false", false},
	{"a date", `"2026-11-28T10:00:00Z"`, false},
	{"a list", "[600]", false},
}

func TestATokenOfAnyLifeWorksWithOneRotationPerCallAtMost(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var tried []inputs.Row
	for _, life := range lives {
		id, finish := p.pending(t)
		change := func(a *answer) {
			if a.status == http.StatusOK {
				a.body = with(a.body, "access_token.expires_in", life.value)
			}
		}
		var code string
		p.during(sandbox.OpContinue, change, func() { code = returned(send(t, "", "GET", finish, "")).Get("code") })
		p.during(sandbox.OpRotate, change, func() {
			handed := p.token(t, id, `{"code":"`+code+`"}`)
			for _, body := range []string{"", "", `{"refused":"` + handed.member("accessToken") + `"}`, ""} {
				calls := p.count(sandbox.OpRotate)
				a := p.token(t, id, body)
				rotations := p.count(sandbox.OpRotate) - calls
				if !p.wallet.Active(a.member("accessToken")) || rotations > 1 || !life.ends && body == "" && rotations != 0 {
					t.Errorf("%s, with %q: %d rotations, %d %s", life.name, body, rotations, a.status, a.body)
				}
				if (a.member("expiresAt") != "") != life.ends {
					t.Errorf("%s: the app is told %q", life.name, a.member("expiresAt"))
				}
			}
		})
		result := "a token without `expiresAt`"
		if life.ends {
			result = "a token with `expiresAt`"
		}
		tried = append(tried, inputs.Row{Input: life.name, Result: result})
	}
	inputs.Check(t, "The life of a token", tried)
}

// The wallet's tokens really live for a second, and its clock is ours.
func TestATokenThatReallyLivesForASecondWorks(t *testing.T) {
	t.Parallel()
	p := newPlaceWith(t, sandbox.Config{TokenLife: time.Second})
	p.service.Sleep = nil
	id, token := p.claimed(t)
	if !p.wallet.Active(token) {
		t.Error("the first token does not work")
	}
	for range 4 {
		calls := p.count(sandbox.OpRotate)
		a := p.token(t, id, "")
		if n := p.count(sandbox.OpRotate) - calls; a.status != http.StatusOK || !p.wallet.Active(a.member("accessToken")) || n > 1 {
			t.Errorf("%d rotations, %d %s", n, a.status, a.body)
		}
		time.Sleep(300 * time.Millisecond)
	}
}

func TestAReadThatBreaksOffIsRepeatedOnceAndNothingElseIs(t *testing.T) {
	p := newPlace(t)
	breakOff := func(times int) edit {
		return func(a *answer) {
			if times--; times >= 0 {
				a.status = broken
			}
		}
	}
	for times, want := range map[int]int{1: http.StatusCreated, 2: http.StatusBadGateway} {
		calls := p.count(sandbox.OpWallet)
		p.during(sandbox.OpWallet, breakOff(times), func() {
			if a := p.ask(t); a.status != want || p.count(sandbox.OpWallet) != calls+2 {
				t.Errorf("%d times: %d after %d reads: %s", times, a.status, p.count(sandbox.OpWallet)-calls, a.body)
			}
		})
	}
	calls := p.count(sandbox.OpGrant)
	p.during(sandbox.OpGrant, breakOff(1), func() {
		if a := p.ask(t); a.status != http.StatusBadGateway || a.member("code") != "wallet_unreachable" || p.count(sandbox.OpGrant) != calls+1 {
			t.Errorf("the grant request: %d %s", a.status, a.body)
		}
	})
	before := p.live()
	id, finish := p.pending(t)
	calls = p.count(sandbox.OpContinue)
	p.during(sandbox.OpContinue, breakOff(1), func() {
		a := send(t, "", "GET", finish, "")
		if returned(a).Get("error") != "outcome_unknown" || p.count(sandbox.OpContinue) != calls+1 || p.live() != before {
			t.Errorf("the continuation: %v, %d tokens alive; %s", returned(a), p.live()-before, p.get(t, id).body)
		}
	})
}
