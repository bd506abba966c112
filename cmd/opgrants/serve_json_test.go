package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A program that starts the service at a free port reads from its output where it is.
func TestServeSaysWhereItListensAsJSON(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	r := start(t, env, append(args, "--json", "--metrics-listen", "127.0.0.1:0")...)
	var said struct {
		Serve struct{ URL, Address, MetricsAddress string }
	}
	if err := json.Unmarshal([]byte(`{"serve":`+r.wants(t, `{"serve":`)), &said); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{said.Serve.URL + "/livez", "http://" + said.Serve.Address + "/livez", "http://" + said.Serve.MetricsAddress + "/metrics"} {
		if status, page := browse(t, url); status != http.StatusOK {
			t.Errorf("%s: %d %s", url, status, page)
		}
	}
	r.cancel()
	if got := r.end(t); got.code != exit.OK || strings.Count(got.out, "\n") != 1 {
		t.Errorf("ended with %d, printed:\n%s", got.code, got.out)
	}
	failed := runs(t, env, append(args, "--json", "--max-requests", "0")...)
	if !strings.HasPrefix(failed.out, `{"error":{"exit":2,"code":"usage"`) {
		t.Errorf("printed is %s", failed.out)
	}
}
