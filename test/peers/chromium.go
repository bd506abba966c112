//go:build tools

package peers

import (
	"os/exec"
	"testing"
)

// Chromium is the path of a Chromium or Chrome browser.
func Chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("Chromium is not installed: run make tools")
	return ""
}
