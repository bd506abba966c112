package opclient

import (
	"context"
	"net/http"
	"testing"
	"time"
)

const rotatedAnswer = `{"access_token":{"value":"NEW","manage":"SERVER/token/2","expires_in":600,"access":[{"type":"quote","actions":["read"]}]}}`

func TestRotateExchangesATokenForANewOne(t *testing.T) {
	s := newServer(t, answer(200, rotatedAnswer))
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := newClient(t, func(c *Config) { c.Now = func() time.Time { return start } })
	got, err := c.Rotate(context.Background(), &Token{Value: "OLD", Manage: s.URL + "/token/1"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Value != "NEW" || got.Manage != s.URL+"/token/2" || !got.ExpiresAt.Equal(start.Add(10*time.Minute)) || got.Access[0].Type != TypeQuote {
		t.Errorf("got %+v", got)
	}
	r := s.only(t)
	if r.Method != "POST" || r.RequestURI != "/token/1" || len(r.body) != 0 || r.Header.Get("Authorization") != "GNAP OLD" {
		t.Errorf("sent %s %s %s %v", r.Method, r.RequestURI, r.body, r.Header)
	}
	verify(t, r)
}

func TestARotationWithAForeignManageURIIsAnInvalidAnswer(t *testing.T) {
	s := newServer(t, answer(200, edit(t, rotatedAnswer, "SERVER/token/2", "https://evil.example/token/2")))
	_, err := newClient(t).Rotate(context.Background(), &Token{Value: "OLD", Manage: s.URL})
	wantClasses(t, err, ErrInvalidAnswer, ErrOutcomeUnknown, ErrForbiddenAddress)
}

func TestRevokeSendsADeleteWithoutABody(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	if err := newClient(t).Revoke(context.Background(), &Token{Value: "OLD", Manage: s.URL + "/token/1"}); err != nil {
		t.Fatal(err)
	}
	r := s.only(t)
	if r.Method != "DELETE" || r.RequestURI != "/token/1" || r.Header.Get("Authorization") != "GNAP OLD" {
		t.Errorf("sent %s %s %v", r.Method, r.RequestURI, r.Header)
	}
	verify(t, r)
}
