//go:build tools

package demo

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// update writes the picture of the README again:
//
//	go test ./cmd/opgrants/internal/demo -tags tools -run TestACustomerWithARealBrowser -update
var update = flag.Bool("update", false, "write docs/demo.png")

// keep is for looking at the pages: -pictures /tmp/pages
var keep = flag.String("pictures", "", "an existing folder for the pictures of the pages")

// What a policy on forms, cookies and redirects between three origins does, only
// a real browser shows.
func TestACustomerWithARealBrowser(t *testing.T) {
	s := startDemo(t)
	pictures := *keep
	if pictures == "" {
		pictures = t.TempDir()
	}
	out, err := peers.Node(t, "testdata/customer.mjs", peers.Chromium(t), s.shop.url, pictures).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	type visit struct {
		Asked, Shown, URL string
		Limit             bool // the field for it is visible
	}
	var saw struct {
		Allowed, Second, TooMuch, Ended, Refused visit
		Complaints, Wide                         []string
	}
	if err := json.Unmarshal(out, &saw); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for where, c := range map[string]struct{ text, want string }{
		"the wallet, every day": {saw.Allowed.Asked, "5.00 USD"},
		"the shop, allowed":     {saw.Allowed.Shown, "Thank you, Alice"},
		"its first request":     {saw.Allowed.Shown, "> POST " + s.shop.url + "/orders"},
		"a second coffee":       {saw.Second.Shown, "You paid 1.50 USD"},
		"and what is left":      {saw.Second.Shown, "2.20 USD left"},
		"one that is too much":  {saw.TooMuch.Shown, "2.20 USD is left, and this coffee costs 4.00 USD"},
		"the end":               {saw.Ended.Shown, "Your permission has ended"},
		"the wallet, once":      {saw.Refused.Asked, "1.30 USD"},
		"the shop, refused":     {saw.Refused.Shown, "No coffee then"},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("%s does not show %q:\n%s", where, c.want, c.text)
		}
	}
	if !saw.Allowed.Limit || saw.Refused.Limit {
		t.Errorf("the limit is to be filled in every day: %v, once: %v", saw.Allowed.Limit, saw.Refused.Limit)
	}
	if len(saw.Complaints) > 0 {
		t.Errorf("the browser complains: %q", saw.Complaints)
	}
	if len(saw.Wide) > 0 {
		t.Errorf("wider than the window: %q", saw.Wide)
	}
	if *update {
		copyFile(t, filepath.Join(pictures, "readme.png"), "../../../../docs/demo.png")
	}
	wantNoSecret(t, s, "the page", saw.Allowed.Shown+saw.Ended.Shown)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
