package httpapi_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
)

func TestTheIdempotencyKeyIsPassedOn(t *testing.T) {
	for name, key := range map[string]string{
		"of one character":           "k",
		"of the longest":             strings.Repeat("k", 255),
		"a UUID":                     "8e03978e-40d5-43dd-bc93-6894a57f9324",
		"the ends of visible ASCII":  "!~",
		"a string of a header field": `"order-7"`, // draft-ietf-httpapi-idempotency-key-header
		"a list, which is one key":   "a,b",
		"none":                       "",
	} {
		t.Run(name, func(t *testing.T) {
			g := someGrants()
			got := do(api(g).Handler(), with(request("POST", "/grants", `{"reference":"7"}`), "Idempotency-Key", key))
			want := asked{Method: "Request", Owner: "shop", Request: grant.Request{Reference: "7", IdempotencyKey: key}}
			if got.StatusCode != 201 || !reflect.DeepEqual(g.calls, []asked{want}) {
				t.Errorf("%d, asked %+v", got.StatusCode, g.calls)
			}
		})
	}
}

func TestAReplayIsMarked(t *testing.T) {
	for _, replayed := range []bool{true, false} {
		g := someGrants()
		g.resource.Replayed = replayed
		got := do(api(g).Handler(), with(request("POST", "/grants", "{}"), "Idempotency-Key", "k"))
		if marked := got.Header.Values("Idempotent-Replayed"); replayed != reflect.DeepEqual(marked, []string{"true"}) || !replayed && marked != nil {
			t.Errorf("a replay (%v) is marked %q", replayed, marked)
		}
		body := text(t, got)
		if got.StatusCode != 201 || got.Header.Get("Location") != "/grants/"+id || !strings.HasPrefix(body, `{"id":"`+id) || strings.Contains(strings.ToLower(body), "replayed") {
			t.Errorf("a replay (%v) is %d at %q: %s", replayed, got.StatusCode, got.Header.Get("Location"), body)
		}
	}
}
