//go:build tools

package httpapi_test

import (
	"context"
	"image/color"
	"image/png"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/test/peers"
)

// visit serves the API and opens its finish link in a browser with these flags. It
// returns the browser's output.
func visit(t *testing.T, g httpapi.Grants, query string, flags ...string) string {
	t.Helper()
	server := httptest.NewServer(api(g).FinishCallback())
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
	return string(both)
}

func TestABrowserAppliesTheStylesheetUnderItsPolicy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.png")
	said := visit(t, someGrants(), "?hash=h&interact_ref=r", "--window-size=500,700", "--screenshot="+file)
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
