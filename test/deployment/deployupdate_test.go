//go:build tools

package deployment_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// outlivesUpdates: a grant that one version has begun, another finishes, whether
// that is the next one or the one before; and what only the next one knows of a
// grant is still there when this one has changed it.
func (s *stack) outlivesUpdates(t *testing.T) {
	s.putKey(t)
	first := s.versions(t)
	pending, link := s.consented(t)
	claimed := s.claimed(t)
	slow := s.paysSlowly(t, claimed.id)

	s.deploy(t, nextVersion(t))
	second := s.versions(t)
	for _, function := range functions {
		if second[function] <= first[function] {
			t.Errorf("%s is still version %d", function, second[function])
		}
	}
	s.finishes(t, pending, link)
	claimed = s.rotates(t, claimed)
	if got := wants(t, s.app(t, http.MethodGet, "/grants/"+claimed.id+"/payments/"+slow, ""), http.StatusOK); got["status"] != "completed" {
		t.Errorf("the payment that the version before has made is %v", got)
	}
	for _, id := range []string{pending, claimed.id} {
		if !s.hasNext(t, id) {
			t.Errorf("it was not the next version that has changed %s", id)
		}
	}
	pending, link = s.consented(t)
	t.Run("with both versions at work", func(t *testing.T) { s.takesTurns(t, first, second) })

	s.deploy(t, templateWith(t, "INSECURE_ALLOW_LOCAL", "'true'"))
	s.finishes(t, pending, link)
	claimed = s.rotates(t, claimed)
	for _, id := range []string{pending, claimed.id} {
		if !s.hasNext(t, id) {
			t.Errorf("what the next version wrote is lost from %s", id)
		}
		wants(t, s.app(t, http.MethodDelete, "/grants/"+id, ""), http.StatusNoContent)
		if !s.hasNext(t, id) {
			t.Errorf("what the next version wrote is lost from %s once it is revoked", id)
		}
	}
	if id, _ := s.consented(t); s.hasNext(t, id) {
		t.Error("it is still the next version that answers")
	}
}

// takesTurns is the life of a grant while each version answers some of its
// requests, as in a gradual deployment. The emulator does not route by weights:
// it always asks an alias's main version. So that is what changes.
func (s *stack) takesTurns(t *testing.T, first, second map[string]int) {
	defer s.setVersions(t, second)
	before := map[string]map[int]int{}
	for _, function := range functions {
		before[function] = s.answered(t, function)
	}
	for name, versions := range map[string][2]map[string]int{
		"begun by the first": {first, second}, "begun by the second": {second, first},
	} {
		t.Run(name, func(t *testing.T) {
			turn := 0
			next := func() {
				s.setVersions(t, versions[turn%2])
				turn++
			}
			next()
			id, link := s.consented(t)
			next()
			code := wantCode(t, id, s.browse(t, link))
			next()
			had := held{id, s.accessToken(t, id, `{"code":"`+code+`"}`)}
			for range 2 {
				next()
				had = s.rotates(t, had)
			}
			next()
			if paid := wants(t, s.pay(t, id), http.StatusCreated); paid["status"] != "completed" {
				t.Errorf("the payment is %v", paid)
			}
			next()
			if err := s.kept(t, id); err != nil {
				t.Error(err)
			}
			next()
			had.token = s.accessToken(t, id, "{}")
			next()
			wants(t, s.app(t, http.MethodDelete, "/grants/"+id, ""), http.StatusNoContent)
			if s.wallet.Active(had.token) {
				t.Error("its token outlives the grant")
			}
			if !s.hasNext(t, id) {
				t.Error("what the next version wrote is lost")
			}
		})
	}
	for _, function := range functions {
		now, first, second := s.answered(t, function), first[function], second[function]
		if now[first] == before[function][first] || now[second] == before[function][second] {
			t.Errorf("not both versions of %s were at work: before %v, now %v", function, before[function], now)
		}
	}
}

// answered is how often each version of a function was invoked, as its log says.
func (s *stack) answered(t *testing.T, function string) map[int]int {
	t.Helper()
	times := map[int]int{}
	for _, start := range startOfInvocation.FindAllStringSubmatch(s.logged(t, function).output.String(), -1) {
		version, err := strconv.Atoi(start[1])
		if err != nil {
			t.Fatal(err)
		}
		times[version]++
	}
	return times
}

var startOfInvocation = regexp.MustCompile(`(?m)^START RequestId: \S+ Version: (\d+)$`)

// A held grant is one whose app has a token.
type held struct{ id, token string }

func (s *stack) claimed(t *testing.T) held {
	t.Helper()
	id, code := s.granted(t)
	return held{id, s.accessToken(t, id, `{"code":"`+code+`"}`)}
}

// finishes takes a grant from the wallet's redirect to its token.
func (s *stack) finishes(t *testing.T, id, link string) {
	t.Helper()
	code := wantCode(t, id, s.browse(t, link))
	if !s.wallet.Active(s.accessToken(t, id, `{"code":"`+code+`"}`)) {
		t.Errorf("the token of %s does not work", id)
	}
}

// rotates has the token replaced.
func (s *stack) rotates(t *testing.T, had held) held {
	t.Helper()
	has := held{had.id, s.accessToken(t, had.id, fmt.Sprintf(`{"refused":%q}`, had.token))}
	if has.token == had.token || s.wallet.Active(had.token) || !s.wallet.Active(has.token) {
		t.Errorf("the token of %s was not replaced by one that works", had.id)
	}
	return has
}

func (s *stack) accessToken(t *testing.T, id, body string) string {
	t.Helper()
	return wants(t, s.app(t, http.MethodPost, "/grants/"+id+"/token", body), http.StatusOK)["accessToken"].(string)
}

func (s *stack) hasNext(t *testing.T, id string) bool {
	t.Helper()
	value, ok := s.attribute(t, id, nextAttribute).(*types.AttributeValueMemberS)
	return ok && value.Value != ""
}
