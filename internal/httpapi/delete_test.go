package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
)

func TestDelete(t *testing.T) {
	for name, tc := range map[string]struct {
		query  string
		forget bool
	}{
		"as it is":                      {"", false},
		"with an empty query":           {"?", false},
		"and forget":                    {"?forget=true", true},
		"and forget, written otherwise": {"?f%6frget=tru%65&", true},
	} {
		t.Run(name, func(t *testing.T) {
			g := someGrants()
			got := do(api(g).Handler(), request("DELETE", "/grants/"+id+tc.query, ""))
			if got.StatusCode != 204 || text(t, got) != "" {
				t.Errorf("status %d", got.StatusCode)
			}
			for _, header := range []string{"Content-Type", "Content-Length"} { // of nothing
				if got.Header.Values(header) != nil {
					t.Errorf("%s: %q", header, got.Header.Values(header))
				}
			}
			if want := (asked{Method: "Delete", Owner: "shop", ID: id, Forget: tc.forget}); !reflect.DeepEqual(g.calls, []asked{want}) {
				t.Errorf("asked %+v, want %+v", g.calls, want)
			}
		})
	}
}

func TestAGrantThatEndedHereOnlyIsShown(t *testing.T) {
	g := someGrants()
	left := *g.resource
	left.Status, left.ConsentURL, left.Upstream = grant.Revoked, "", "unconfirmed"
	g.left = &left
	got := do(api(g).Handler(), request("DELETE", "/grants/"+id+"?forget=true", ""))
	const want = `{"id":"AAECAwQFBgcICQoLDA0ODw","status":"revoked","claimed":false,"walletAddress":"https://wallet.example/alice",` +
		`"access":[{"type":"outgoing-payment","actions":["create","read"]}],"createdAt":"2026-11-22T18:00:00Z","upstream":"unconfirmed"}` + "\n"
	if body := text(t, got); got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/json" || body != want {
		t.Errorf("%d %s\n%s", got.StatusCode, got.Header.Get("Content-Type"), body)
	}
}

func TestADeletionInProgressIsAnError(t *testing.T) {
	g := someGrants()
	g.left = g.resource // an error counts, whatever comes with it
	g.err = &grant.Error{Code: grant.CodeWalletUnreachable, Detail: "Ask again.", RetryAfter: 5e9}
	got := do(api(g).Handler(), request("DELETE", "/grants/"+id, ""))
	if p := readProblem(t, got); p.Status != 502 || p.Code != grant.CodeWalletUnreachable || got.Header.Get("Retry-After") != "5" {
		t.Errorf("got %+v, %v", p, got.Header)
	}
}

// A real server, as `opgrants serve` has, adds no length either.
func TestAnAnswerWithoutABodyHasNoLength(t *testing.T) {
	server := httptest.NewServer(api(someGrants()).Handler())
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "DELETE", server.URL+"/grants/"+id, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer secret")
	for range 2 { // on one connection
		got, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if err != nil || got.StatusCode != 204 || len(body) != 0 || got.Header.Values("Content-Length") != nil {
			t.Errorf("%d %q %v, %v", got.StatusCode, body, got.Header, err)
		}
	}
}
