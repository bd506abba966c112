package sandbox

import (
	"fmt"
	"net/http/httptest"
	"testing"
)

func TestTheOldestGrantIsForgottenWithItsTokens(t *testing.T) {
	s, err := New(Config{PublicURL: "https://wallet.example"})
	if err != nil {
		t.Fatal(err)
	}
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
	s, err := New(Config{PublicURL: "https://wallet.example"})
	if err != nil {
		t.Fatal(err)
	}
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

func TestTheOldestSecretIsForgotten(t *testing.T) {
	s, err := New(Config{PublicURL: "https://wallet.example"})
	if err != nil {
		t.Fatal(err)
	}
	s.secrets.add("first", "first", "")
	if all := s.Secrets(); len(all) != 1 {
		t.Errorf("%q", all)
	}
	for i := range maxSecrets {
		s.secrets.add(fmt.Sprint(i))
	}
	all := s.Secrets()
	seen := map[string]bool{}
	for _, x := range all {
		seen[x] = true
	}
	if len(all) != maxSecrets || len(seen) != maxSecrets || len(s.secrets.known) != maxSecrets || seen["first"] || !seen["0"] {
		t.Errorf("%d secrets, %d different, %d known", len(all), len(seen), len(s.secrets.known))
	}
}
