package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
)

// waiting is a service whose first two calls of Get wait.
type waiting struct {
	*grants
	begun, finish chan bool
	calls         *atomic.Int32
}

func (w waiting) Get(context.Context, string, string) (*grant.Resource, error) {
	if w.calls.Add(1) <= 2 {
		w.begun <- true
		<-w.finish
	}
	return w.resource, nil
}

func TestBeyondTheLimitRequestsAreRefusedAtOnce(t *testing.T) {
	g := waiting{someGrants(), make(chan bool), make(chan bool), &atomic.Int32{}}
	a := api(g)
	a.MaxRequests = 2
	h := a.Handler()
	var under sync.WaitGroup
	for range 2 {
		under.Go(func() {
			if got := do(h, request("GET", "/grants/"+id, "")); got.StatusCode != 200 {
				t.Errorf("a request within the limit: %d", got.StatusCode)
			}
		})
		<-g.begun
	}
	for _, r := range httpapi.Routes() {
		for _, end := range []string{"", "/"} {
			got := do(h, request(r.Method, path(r)+end+"?hash=h", ""))
			if got.StatusCode != 503 || got.Header.Get("Retry-After") != "2" {
				t.Errorf("%s: %d %v", r.Key(), got.StatusCode, got.Header)
			}
			if r.Caller == httpapi.App {
				if p := text(t, got); !strings.Contains(p, `"code":"busy"`) {
					t.Errorf("%s: %s", r.Key(), p)
				}
			} else if !strings.HasPrefix(got.Header.Get("Refresh"), "2; url=?hash=h&") || !strings.Contains(text(t, got), "<code>busy</code>") {
				t.Errorf("%s: %v", r.Key(), got.Header)
			}
		}
	}
	if got := do(h, request("PUT", "/grants", "")); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("what is refused anyway: %d", got.StatusCode)
	}
	close(g.finish)
	under.Wait()
	if got := do(h, request("GET", "/grants?reference=x", "")); got.StatusCode != 200 {
		t.Errorf("after the others have ended: %d", got.StatusCode)
	}
}
