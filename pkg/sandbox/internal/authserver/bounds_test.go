package authserver

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/secrets"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

func newServer(t *testing.T) *Server {
	t.Helper()
	c := calls.New(slog.New(slog.DiscardHandler), nil)
	s, err := New(Config{URL: "https://wallet.example/auth", Browser: &url.URL{}, TokenLife: time.Minute, Now: time.Now},
		c, wallets.New(wallets.Config{}, c, nil), &secrets.Set{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheOldestGrantIsForgottenWithItsTokens(t *testing.T) {
	s := newServer(t)
	var first *token
	for i := range maxGrants + 1 {
		g := &grant{interaction: &interaction{id: fmt.Sprint(i), ref: fmt.Sprint("r", i)}}
		s.keepGrant(g)
		if i == 0 {
			first = s.newToken(g)
		}
	}
	if len(s.grants) != maxGrants || len(s.oldest) != maxGrants || len(s.byInteraction) != maxGrants || len(s.byRef) != maxGrants {
		t.Errorf("%d grants, %d in order, %d interactions, %d references", len(s.grants), len(s.oldest), len(s.byInteraction), len(s.byRef))
	}
	if s.Active(first.value) || len(s.tokens) != 0 || len(s.byValue) != 0 {
		t.Error("the token of a forgotten grant works")
	}
	if _, f := s.finishContinue(httptest.NewRequest("POST", "/", nil), first.grant); f == nil || len(s.tokens) != 0 {
		t.Error("a continue that overlaps gets a token of a forgotten grant")
	}
	if s.byInteraction["0"] != nil || s.byInteraction["1"] == nil {
		t.Error("another than the oldest was forgotten")
	}
}

func TestAGrantHasABoundedNumberOfTokens(t *testing.T) {
	s := newServer(t)
	g := &grant{}
	s.keepGrant(g)
	first := s.newToken(g)
	for range maxTokens {
		s.newToken(g)
	}
	if len(g.tokens) != maxTokens || len(s.tokens) != maxTokens || len(s.byValue) != maxTokens || s.Active(first.value) {
		t.Errorf("%d tokens", len(g.tokens))
	}
}
