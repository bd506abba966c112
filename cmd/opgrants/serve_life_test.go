package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestServeEndsAndRepeatsWhatItsCallersAsk(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	service := start(t, env, args...).listening(t)
	first, again := idempotent(t, service, order(p)), idempotent(t, service, order(p))
	if first["id"] != again["id"] || p.wallet.Stats().GrantRequests != 1 {
		t.Errorf("one key made %v and %v", first["id"], again["id"])
	}
	one := service + "/grants/" + first["id"].(string)
	back(t, must(t)(p.wallet.Approve(first["consentUrl"].(string))))
	r, _ := http.NewRequest(http.MethodDelete, one, nil)
	r.Header.Set("Authorization", "Bearer "+shopToken)
	answer, err := checked(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if s := p.wallet.Stats(); answer.StatusCode != 204 || s.LiveTokens != 0 || s.Cancels != 1 {
		t.Errorf("answered with %d; the wallet saw %+v", answer.StatusCode, s)
	}
	if status, grant := call(t, "GET", one, shopToken, ""); status != 200 || grant["status"] != "revoked" {
		t.Errorf("%d %v", status, grant)
	}
}

// idempotent asks for a grant with a key.
func idempotent(t *testing.T, service, body string) map[string]any {
	t.Helper()
	r, _ := http.NewRequest(http.MethodPost, service+"/grants", strings.NewReader(body))
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + shopToken}, "Idempotency-Key": {`"order-7"`}}
	answer, err := checked(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var object map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&object); err != nil || answer.StatusCode != 201 {
		t.Fatalf("%d %v %v", answer.StatusCode, object, err)
	}
	return object
}

func TestServeKeepsConsentFromItsStartOn(t *testing.T) {
	t.Parallel() // it waits
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	owed := givenUp(p, 1)[0]
	owed.Shard, owed.Due = "3", grant.At(time.Now()) // and not given up
	putGrants(t, dataFile(t, args), owed)
	r := start(t, env, args...)
	r.logs(t, "grant revoked")
	r.cancel()
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
}
