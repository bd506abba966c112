package grant_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// Rule 9: the one who consented is the one who asked.

func TestATokenNeedsTheCodeTheFirstTime(t *testing.T) {
	l := newLife(t)
	id, code := l.granted(t)
	_, err := l.Token(t.Context(), owner, id, grant.TokenRequest{})
	wantCode(t, err, grant.CodeCodeRequired)
	_, err = l.Token(t.Context(), owner, id, grant.TokenRequest{Code: "wrong"})
	wantCode(t, err, grant.CodeWrongCode)
	if l.status(t, id).Claimed {
		t.Fatal("claimed without the code")
	}

	answer, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code})
	if err != nil || answer.AccessToken != "token-1" || answer.WalletAddress != alice || answer.ResourceServer == "" {
		t.Fatalf("answer %+v, %v", answer, err)
	}
	if want := time.Date(2026, 5, 4, 12, 9, 5, 0, time.UTC); !answer.ExpiresAt.Equal(want) {
		t.Errorf("promised until %s, want a minute before the wallet's time, %s", answer.ExpiresAt, want)
	}
	if !l.status(t, id).Claimed {
		t.Error("not claimed")
	}
	for _, later := range []string{"", code} {
		if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: later}); err != nil {
			t.Errorf("later with code %q: %v", later, err)
		}
	}
	_, err = l.Token(t.Context(), owner, id, grant.TokenRequest{Code: "wrong"})
	wantCode(t, err, grant.CodeWrongCode)
}

func TestACodeIsOfOneGrant(t *testing.T) {
	l := newLife(t)
	_, attackers := l.granted(t)
	victims, _ := l.granted(t)
	_, err := l.Token(t.Context(), owner, victims, grant.TokenRequest{Code: attackers})
	wantCode(t, err, grant.CodeWrongCode)
}

func TestACodeIsOfOneConsent(t *testing.T) {
	l := newLife(t)
	id, code := l.granted(t)
	l.store.change(t, id, func(it *grant.Item) { it.RefHash[0]++ })
	_, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code})
	wantCode(t, err, grant.CodeWrongCode)
}

func TestTheReturnCarriesNoID(t *testing.T) {
	l := newLife(t)
	r := l.asked(t)
	if out := l.finish(t, r.ID); strings.Contains(out.Redirect, r.ID) {
		t.Errorf("return %s", out.Redirect)
	}
}

func TestTheCodeIsForFiveMinutes(t *testing.T) {
	l := newLife(t)
	id, code := l.granted(t)
	l.clock.add(5 * time.Minute)
	wantReturn(t, l.finish(t, id), "code="+code+"&status=granted")
	l.clock.add(time.Second)
	if out := l.finish(t, id); out.Page != grant.PageFinished {
		t.Errorf("outcome %+v", out)
	}
	if l.wallet.cancels != 0 {
		t.Error("the browser's replay called the server")
	}
	_, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code})
	wantCode(t, err, grant.CodeFailed)
	got := l.status(t, id)
	if got.Status != grant.Failed || got.Failure.Code != grant.FailureNeverClaimed || l.wallet.alive() != 0 {
		t.Errorf("never claimed: %+v, %d live tokens", got, l.wallet.alive())
	}
	wantReturn(t, l.finish(t, id), "error=never_claimed&status=failed")
}

func TestAClaimedGrantOutlivesTheFiveMinutes(t *testing.T) {
	l := newLife(t)
	id, code := l.granted(t)
	if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code}); err != nil {
		t.Fatal(err)
	}
	l.clock.add(6 * time.Minute)
	if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{}); err != nil {
		t.Error(err)
	}
}

func TestWithoutAReturnURLAGrantMustBeAllowedAndIsBornClaimed(t *testing.T) {
	l := newLife(t)
	request := grant.Request{WalletAddress: alice, Unlimited: true}
	_, err := l.Request(t.Context(), owner, request)
	wantCode(t, err, grant.CodeReturnURLRequired)

	l.AllowUnbound = true
	r, err := l.Request(t.Context(), owner, request)
	if err != nil || !r.Claimed {
		t.Fatalf("%+v, %v", r, err)
	}
	if out := l.finish(t, r.ID); out.Page != grant.PageGranted || out.Redirect != "" {
		t.Errorf("outcome %+v", out)
	}
	if _, err := l.Token(t.Context(), owner, r.ID, grant.TokenRequest{}); err != nil {
		t.Error(err)
	}
	_, err = l.Token(t.Context(), owner, r.ID, grant.TokenRequest{Code: codeOf(t, l, r.ID)})
	wantCode(t, err, grant.CodeWrongCode)
}

func TestAGrantOfAnotherOwnerDoesNotExist(t *testing.T) {
	l := newLife(t)
	id, code := l.granted(t)
	_, err := l.Get(t.Context(), "other", id)
	wantCode(t, err, grant.CodeNotFound)
	_, err = l.Token(t.Context(), "other", id, grant.TokenRequest{Code: code})
	wantCode(t, err, grant.CodeNotFound)
	l.clock.add(time.Hour) // something is owed, but not to others
	_, err = l.Get(t.Context(), "other", id)
	wantCode(t, err, grant.CodeNotFound)
	if l.wallet.cancels != 0 {
		t.Error("another owner's touch called the server")
	}
}

func TestNoTokenBeforeConsent(t *testing.T) {
	l := newLife(t)
	r := l.asked(t)
	_, err := l.Token(t.Context(), owner, r.ID, grant.TokenRequest{Code: codeOf(t, l, r.ID)})
	wantCode(t, err, grant.CodeNotGranted)
	if _, err := l.Finish(t.Context(), r.ID, "result=grant_rejected"); err != nil {
		t.Fatal(err)
	}
	_, err = l.Token(t.Context(), owner, r.ID, grant.TokenRequest{})
	wantCode(t, err, grant.CodeRejected)
}
