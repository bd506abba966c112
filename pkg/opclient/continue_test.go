package opclient

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestContinueExchangesTheReferenceForAToken(t *testing.T) {
	s := newServer(t, answer(200, grantedAnswer))
	g, err := newClient(t).Continue(context.Background(), Continue{s.URL + "/continue/1?a=%20&b", "CONT-SECRET", 0}, "ref & \u2028")
	if err != nil {
		t.Fatal(err)
	}
	if g.Token == nil || g.Token.Value != "TOKEN" || g.Continue.Token != "CONT" || g.Interact != nil || g.Subject != "" {
		t.Errorf("got %+v", g)
	}
	r := s.only(t)
	if r.Method != "POST" || r.RequestURI != "/continue/1?a=%20&b" || string(r.body) != "{\"interact_ref\":\"ref & \u2028\"}" ||
		r.Header.Get("Authorization") != "GNAP CONT-SECRET" || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("sent %s %s %s %v", r.Method, r.RequestURI, r.body, r.Header)
	}
	verify(t, r)
}

func TestContinueNeedsAReference(t *testing.T) {
	s := newServer(t, answer(200, grantedAnswer))
	for _, ref := range []string{"", "\xff", strings.Repeat("x", maxText+1)} {
		_, err := newClient(t).Continue(context.Background(), Continue{s.URL, "C", 0}, ref)
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != "interact_ref" {
			t.Errorf("%q: got %v", ref, err)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if _, err := newClient(t).Continue(context.Background(), Continue{s.URL, "C", 0}, strings.Repeat("x", maxText)); err != nil {
		t.Errorf("the longest reference: %v", err)
	}
}

func TestPollHasNoBodyAndTellsHowLongToWait(t *testing.T) {
	s := newServer(t, answer(200, `{"continue":{"access_token":{"value":"C2"},"uri":"SERVER/continue/1","wait":5}}`))
	g, err := newClient(t).Poll(context.Background(), Continue{s.URL, "C", 0})
	if err != nil {
		t.Fatal(err)
	}
	if g.Token != nil || g.Subject != "" || g.Continue != (Continue{s.URL + "/continue/1", "C2", 5 * time.Second}) {
		t.Errorf("got %#v", g)
	}
	r := s.only(t)
	if r.Method != "POST" || len(r.body) != 0 || r.Header.Get("Content-Type") != "" || r.Header.Get("Content-Digest") != "" {
		t.Errorf("sent %s %s %v", r.Method, r.body, r.Header)
	}
	verify(t, r)
}

func TestASubjectIsTheOneWalletAddressThatWasProven(t *testing.T) {
	const tail = `,"continue":{"access_token":{"value":"C"},"uri":"SERVER/continue/1"}}`
	const good = `{"subject":{"sub_ids":[{"id":"https://w.example/alice","format":"uri"}]}` + tail
	get := func(text string) (*Grant, error) {
		s := newServer(t, answer(200, text))
		return newClient(t).Continue(context.Background(), Continue{s.URL, "C", 0}, "ref")
	}
	if g, err := get(good); err != nil || g.Subject != "https://w.example/alice" || g.Token != nil {
		t.Errorf("got %+v, %v", g, err)
	}
	for _, c := range []struct{ old, new, why string }{
		{`{"sub_ids"`, `{"x"`, "subject.sub_ids is missing"},
		{`[{"id"`, `[],"x":[{"id"`, "subject.sub_ids must hold one"},
		{`"uri"}]`, `"uri"},{"id":"https://w.example/bob","format":"uri"}]`, "subject.sub_ids must hold one"},
		{`[{"id":"https://w.example/alice","format":"uri"}]`, `["https://w.example/alice"]`, "subject.sub_ids[0] must be an object"},
		{`"id":"https://w.example/alice",`, ``, "subject.sub_ids[0].id is missing"},
		{`,"format":"uri"`, ``, "subject.sub_ids[0].format is missing"},
		{`"format":"uri"`, `"format":"email"`, "subject.sub_ids must hold one"},
	} {
		if _, err := get(edit(t, good, c.old, c.new)); !errors.Is(err, ErrInvalidAnswer) || !errors.Is(err, ErrOutcomeUnknown) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: got %v, want %q", c.new, err, c.why)
		}
	}
}

// The server knows our key: a foreign URI could make us act on another's grant.
func TestAForeignContinueOrManageURIIsAnInvalidAnswer(t *testing.T) {
	for _, c := range []struct{ old, new string }{
		{"SERVER/token/1", "https://evil.example/token/1"},
		{"SERVER/continue/1", "https://evil.example/continue/1"},
		{"SERVER/token/1", "http://127.0.0.1:1/token/1"},
	} {
		s := newServer(t, answer(200, edit(t, grantedAnswer, c.old, c.new)))
		_, err := newClient(t).Continue(context.Background(), Continue{s.URL, "C", 0}, "ref")
		wantClasses(t, err, ErrInvalidAnswer, ErrOutcomeUnknown, ErrForbiddenAddress)
	}
}

func TestCancelSendsADeleteWithoutABody(t *testing.T) {
	for status, good := range map[int]bool{204: true, 200: false, 202: false} {
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		err := newClient(t).Cancel(context.Background(), Continue{s.URL + "/continue/1", "CONT", 0})
		if good && err != nil {
			t.Errorf("%d: %v", status, err)
		}
		if !good {
			wantClasses(t, err, ErrInvalidAnswer, ErrOutcomeUnknown)
			if !strings.HasSuffix(err.Error(), "must answer 204") {
				t.Errorf("%d: got %v", status, err)
			}
		}
		r := s.only(t)
		if r.Method != "DELETE" || len(r.body) != 0 || r.Header.Get("Authorization") != "GNAP CONT" {
			t.Errorf("sent %s %s %v", r.Method, r.body, r.Header)
		}
		verify(t, r)
	}
}

func TestCancelOfAGrantThatTheServerNoLongerKnows(t *testing.T) {
	s := newServer(t, answer(401, `{"error":{"code":"invalid_continuation","description":"grant not found"}}`))
	err := newClient(t).Cancel(context.Background(), Continue{s.URL, "CONT", 0})
	wantClasses(t, err, ErrRefused)
	if !HasCode(err, CodeInvalidContinuation) || HasCode(err, CodeTooFast) || HasCode(nil, "") {
		t.Errorf("got %v", err)
	}
}
