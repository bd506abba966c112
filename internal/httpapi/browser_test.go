//go:build tools

package httpapi_test

import (
	"context"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/test/peers"
)

// slowGrants finishes at the third look.
type slowGrants struct {
	httpapi.Grants
	mu      sync.Mutex
	queries []string
}

func (g *slowGrants) Finish(_ context.Context, _, rawQuery string) (*grant.Outcome, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queries = append(g.queries, rawQuery)
	if len(g.queries) < 3 {
		return &grant.Outcome{Page: grant.PageMoment, Refresh: time.Second}, nil
	}
	return &grant.Outcome{Page: grant.PageGranted}, nil
}

// visit serves the API, opens its finish link in a browser and returns what the
// browser says when it is asked to do what the flags say.
func visit(t *testing.T, g httpapi.Grants, query string, flags ...string) (out string, referrers []string) {
	t.Helper()
	var mu sync.Mutex
	handler := api(g).FinishCallback()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/grants/") {
			mu.Lock()
			referrers = append(referrers, r.Referer())
			mu.Unlock()
		}
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
		"--enable-logging=stderr", "--user-data-dir=" + t.TempDir()}, flags...)
	both, err := exec.CommandContext(ctx, peers.Chromium(t), append(args, server.URL+"/grants/"+id+"/finish"+query)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, both)
	}
	return string(both), referrers
}

func TestABrowserReloadsUntilTheGrantIsFinished(t *testing.T) {
	g := &slowGrants{}
	const query = "hash=a%2Bb%2F%3D&interact_ref=4ab"
	dom, referrers := visit(t, g, "?"+query, "--virtual-time-budget=5000", "--dump-dom")
	if !strings.Contains(dom, "<h1>Permission given</h1>") {
		t.Errorf("the browser shows %s", dom)
	}
	if !slices.Equal(g.queries, []string{query, query, query}) {
		t.Errorf("asked with %q", g.queries)
	}
	if strings.Join(referrers, "") != "" {
		t.Errorf("referrers %q", referrers)
	}
}

func TestABrowserAppliesTheStylesheetUnderItsPolicy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.png")
	said, _ := visit(t, someGrants(), "?hash=h&interact_ref=r", "--window-size=500,700", "--screenshot="+file)
	if strings.Contains(said, "Content Security Policy") {
		t.Errorf("the browser refuses something: %s", said)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	// --ground of the light scheme; without the stylesheet it would be white.
	if got := color.NRGBAModel.Convert(picture.At(2, 2)); got != (color.NRGBA{0xf3, 0xf4, 0xf7, 0xff}) {
		t.Errorf("the ground is %v", got)
	}
}
