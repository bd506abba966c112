package grant_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// Rule 2: a callback without a good hash changes nothing but pending → rejected.

func TestACallbackWithoutAHashTellsTheAppWhatTheWalletSays(t *testing.T) {
	for query, want := range map[string]string{
		"result=grant_rejected":                                  "status=rejected",
		"result=grant_invalid":                                   "error=interaction_left&status=failed",
		"result=invalid_interaction&message=interaction+expired": "error=interaction_expired&status=failed",
		"result=invalid_interaction&message=invalid+interaction": "error=interaction_left&status=failed",
		"result=unknown_interaction":                             "error=interaction_unknown&status=failed",
		"result=user_cancelled":                                  "error=interaction_left&status=failed",
		"result=granted":                                         "error=interaction_left&status=failed",
	} {
		t.Run(query, func(t *testing.T) {
			l := newLife(t)
			r := l.asked(t)
			for range 2 {
				out, err := l.Finish(t.Context(), r.ID, query)
				if err != nil {
					t.Fatal(err)
				}
				wantReturn(t, out, want)
			}
			wantWrites := 1 // the creation
			wantStatus := grant.Pending
			if query == "result=grant_rejected" {
				wantWrites, wantStatus = 2, grant.Rejected
			}
			if got := l.status(t, r.ID).Status; got != wantStatus || l.store.writes != wantWrites {
				t.Errorf("status %s after %d writes", got, l.store.writes)
			}
			wantReturn(t, l.finish(t, r.ID), "code="+codeOf(t, l, r.ID)+"&status=granted")
		})
	}
}

func codeOf(t *testing.T, l *life, id string) string {
	t.Helper()
	return l.store.stored(t, id).Code()
}

func TestALinkThatIsNotValidChangesNothing(t *testing.T) {
	for _, query := range []string{
		"", "result=", "result=grant_rejected&result=grant_rejected", "%zz",
		"result=grant_rejected&hash=x", "result=grant_rejected&interact_ref=ref-1", "hash=&interact_ref=",
		"hash=AAAA&interact_ref=ref-1", "interact_ref=ref-1",
	} {
		t.Run(query, func(t *testing.T) {
			l := newLife(t)
			r := l.asked(t)
			_, err := l.Finish(t.Context(), r.ID, query)
			wantCode(t, err, grant.CodeLinkNotValid)
			if l.status(t, r.ID).Status != grant.Pending || l.store.writes != 1 || l.wallet.sent() != 0 {
				t.Error("something changed")
			}
		})
	}
}

func TestOnceGrantedARejectionIsNotBelieved(t *testing.T) {
	l := newLife(t)
	id, _ := l.granted(t)
	for _, query := range []string{"result=grant_rejected", "result=grant_invalid"} {
		_, err := l.Finish(t.Context(), id, query)
		wantCode(t, err, grant.CodeLinkNotValid)
	}
	if got := l.status(t, id).Status; got != grant.Granted {
		t.Errorf("status %s", got)
	}
}

func TestAGoodHashThatCouldNotBeSentKeepsARejectionOut(t *testing.T) {
	l := newLife(t)
	r := l.asked(t)
	l.wallet.answer = func(string) error { return refused(400, "too_fast") }
	l.finish(t, r.ID)
	if _, err := l.Finish(t.Context(), r.ID, "result=grant_rejected"); err != nil {
		t.Fatal(err)
	}
	if got := l.status(t, r.ID).Status; got != grant.Pending {
		t.Errorf("status %s", got)
	}
}

func TestAGoodHashStillWinsAfterExpiry(t *testing.T) {
	l := newLife(t)
	r := l.asked(t)
	l.clock.add(time.Hour)
	if got := l.status(t, r.ID).Status; got != grant.Expired {
		t.Errorf("status %s", got)
	}
	_, err := l.Token(t.Context(), owner, r.ID, grant.TokenRequest{Code: "x"})
	wantCode(t, err, grant.CodeExpired)
	l.finish(t, r.ID)
	if got := l.status(t, r.ID).Status; got != grant.Granted {
		t.Errorf("status %s", got)
	}
}

func TestAnUnknownGrantIsALinkThatIsNotValid(t *testing.T) {
	l := newLife(t)
	_, err := l.Finish(t.Context(), "nobody", "hash=x&interact_ref=y")
	wantCode(t, err, grant.CodeLinkNotValid)
}

func TestAPageLeadsBackToTheAppWhereOneIsKnown(t *testing.T) {
	l := newLife(t)
	l.ReturnURLs = []string{shop + "/é"}
	r, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop + "/é?order=7", Unlimited: true})
	if err != nil {
		t.Fatal(err)
	}
	const back = shop + "/%C3%A9?order=7"
	_, err = l.Finish(t.Context(), r.ID, "hash=AAAA&interact_ref=ref-1")
	if e := wantCode(t, err, grant.CodeLinkNotValid); e.AppURL != back {
		t.Errorf("a bad hash leads to %q", e.AppURL)
	}
	_, err = l.Finish(t.Context(), r.ID, "result=")
	if e := wantCode(t, err, grant.CodeLinkNotValid); e.AppURL != back {
		t.Errorf("an empty result leads to %q", e.AppURL)
	}
	l.wallet.answer = func(string) error { return refused(429, "") }
	_, err = l.Finish(t.Context(), r.ID, l.good(t, r.ID, "ref-1"))
	if e := wantCode(t, err, grant.CodeWalletUnreachable); e.AppURL != back {
		t.Errorf("a wallet's error leads to %q", e.AppURL)
	}
	l.wallet.answer = nil
	l.clock.add(10 * time.Second)
	l.finish(t, r.ID)
	l.clock.add(6 * time.Minute)
	if out := l.finish(t, r.ID); out.Page != grant.PageFinished || out.AppURL != back {
		t.Errorf("%+v", out)
	}
	_, err = l.Finish(t.Context(), "nobody", "hash=x&interact_ref=y")
	if e := wantCode(t, err, grant.CodeLinkNotValid); e.AppURL != "" {
		t.Errorf("an unknown grant leads to %q", e.AppURL)
	}
}
