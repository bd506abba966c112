package grant_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

func TestASubjectIsToldOnlyAsTheOneThatWasAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		proven string
		both   bool
		code   string
	}{
		"the wallet address":      {alice, false, ""},
		"another wallet address":  {"https://wallet.example/mallory", false, grant.FailureSubject},
		"a token and no subject":  {"", false, grant.FailureOutcomeUnknown},
		"the same with a slash":   {alice + "/", false, grant.FailureSubject},
		"the same in upper case":  {"https://wallet.example/Alice", false, grant.FailureSubject},
		"a token and the subject": {alice, true, grant.FailureOutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			l.wallet.subject, l.wallet.both = c.proven, c.both
			r, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Subject: true})
			if err != nil || l.wallet.requests[0].Subject != alice || l.wallet.requests[0].Access != nil || r.Access == nil {
				t.Fatalf("%+v, %v", r, err)
			}
			l.clock.add(5 * time.Second)
			out := l.finish(t, r.ID)
			if c.code != "" {
				wantReturn(t, out, "error="+c.code+"&status=failed")
				if l.wallet.cancels != 1 || l.wallet.alive() != 0 {
					t.Errorf("%d cancels, %d live tokens", l.wallet.cancels, l.wallet.alive())
				}
				return
			}
			code := codeOf(t, l, r.ID)
			_, err = l.token(t, r.ID, "")
			wantCode(t, err, grant.CodeCodeRequired)
			l.clock.add(time.Minute)
			got, err := l.Token(t.Context(), owner, r.ID, grant.TokenRequest{Code: code})
			if want := (grant.TokenAnswer{WalletAddress: alice, Subject: alice}); err != nil || !reflect.DeepEqual(*got, want) {
				t.Errorf("%+v, %v", got, err)
			}
			l.clock.add(time.Hour)
			if _, err := l.token(t, r.ID, ""); err != nil || l.wallet.rotations != 0 {
				t.Errorf("later: %v, %d rotations", err, l.wallet.rotations)
			}
		})
	}
}

func TestAContinuationWithoutATokenIsNoGrant(t *testing.T) {
	l := newLife(t)
	r := l.asked(t)
	l.wallet.subject = alice
	wantReturn(t, l.finish(t, r.ID), "error=outcome_unknown&status=failed")
	if l.wallet.cancels != 1 {
		t.Errorf("%d cancels", l.wallet.cancels)
	}
}

func TestASubjectIsAskedForAlone(t *testing.T) {
	for name, r := range map[string]grant.Request{
		"with limits":  {Limits: &grant.LimitsRequest{}},
		"with actions": {Actions: []string{"read"}},
		"with a quote": {Quote: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			r.WalletAddress, r.ReturnURL, r.Subject = alice, shop, true
			_, err := l.Request(t.Context(), owner, r)
			if e := wantCode(t, err, grant.CodeInvalid); e.Field != "subject" {
				t.Errorf("field %s", e.Field)
			}
		})
	}
}
