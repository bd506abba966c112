//go:build tools

package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/peers"
)

// Whether the policy lets the style in, and whether a form may be answered so,
// only a real browser shows.
func TestTheConsentPageInABrowser(t *testing.T) {
	w := newWorld(t, sandbox.Config{Now: time.Now})
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<link rel="icon" href="data:,">`)
	}))
	defer app.Close()
	g := w.mustAsk(func(b m) {
		accessItems(w.outgoing(m{
			"debitAmount": m{"value": "130", "assetCode": "USD", "assetScale": 2}, "interval": "R/2025-04-22T08:00:00Z/P1D",
			"receiver": "https://wallet.example/incoming-payments/45a0d0ee-26dc-4c66-89e0-01fbf93156f7",
		}))(b)
		b["interact"].(m)["finish"].(m)["uri"] = app.URL
	})
	out, err := peers.Node(t, "testdata/consent.mjs", peers.Chromium(t), g.Interact.Redirect, app.URL).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var saw struct {
		Styled, Fits    bool
		Outline, Result string
		Stops           []string
		Complaints      []string
	}
	if err := json.Unmarshal(out, &saw); err != nil {
		t.Fatal(err)
	}
	if !saw.Styled || !saw.Fits {
		t.Errorf("styled: %t, fits a small screen: %t", saw.Styled, saw.Fits)
	}
	for _, want := range []string{`heading "A shop asks to pay from your wallet" [level=1]`, `button "Allow"`, `button "Refuse"`, `1.30 USD`, "- term: How often"} {
		if !strings.Contains(saw.Outline, want) {
			t.Errorf("assistive technology is not told %s:\n%s", want, saw.Outline)
		}
	}
	if !slices.Equal(saw.Stops, []string{"Allow", "Refuse", "Go back without choosing"}) || saw.Result != "grant_rejected" {
		t.Errorf("by keyboard: %q, %q", saw.Stops, saw.Result)
	}
	if len(saw.Complaints) > 0 {
		t.Errorf("the browser complains: %q", saw.Complaints)
	}
}
