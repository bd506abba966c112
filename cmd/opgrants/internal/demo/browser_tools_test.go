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

// update writes the picture of the README again: make pictures.
var update = flag.Bool("update", false, "write docs/demo.png")

// keep is for looking at the pages: -pictures /tmp/pages
var keep = flag.String("pictures", "", "an existing folder for the pictures of the pages")

// A visit is what a browser showed.
type visit struct {
	Asked, Shown, URL string
	Arrow             string // what an arrow of the picture opens
	Limit             bool   // the field for it is visible
}

// What a policy on forms, scripts, cookies and redirects between three origins does, what
// back, reload and a second tab show, and how wide a page is: only a real browser shows.
func TestTheDemoInARealBrowser(t *testing.T) {
	s := startDemo(t)
	pictures := *keep
	if *update && pictures == "" {
		pictures = t.TempDir()
	}
	out, err := peers.Node(t, "testdata/customer.mjs", peers.Chromium(t), s.shop.URL, pictures).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var saw struct {
		Allowed, Reloaded, Second, OtherTab, Back, TooMuch, Ended, Stale, Waiting, Asked, Refused, Paid visit
		Complaints, Wide, Violations                                                                    []string
	}
	if err := json.Unmarshal(out, &saw); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for where, c := range map[string]struct{ text, want string }{
		"the wallet, every day":     {saw.Allowed.Asked, "5.00 USD"},
		"the shop, allowed":         {saw.Allowed.Shown, "Thank you, Alice"},
		"an arrow's request":        {saw.Allowed.Arrow, "> POST " + s.walletURL + "/op/outgoing-payments"},
		"an arrow's answer":         {saw.Allowed.Arrow, "< 201 Created"},
		"an arrow's signature base": {saw.Allowed.Arrow, `"authorization": GNAP [masked]`},
		"why each line is signed":   {saw.Allowed.Arrow, "It ties the access token to the key"},
		"what is left, reloaded":    {saw.Reloaded.Shown, "3.70 USD left"},
		"a second coffee":           {saw.Second.Shown, "You paid 1.50 USD"},
		"and what is left":          {saw.Second.Shown, "2.20 USD left"},
		"the same in another tab":   {saw.OtherTab.Shown, "You paid 1.50 USD"},
		"the same after back":       {saw.Back.Shown, "2.20 USD left"},
		"one that is too much":      {saw.TooMuch.Shown, "2.20 USD is left, and this coffee costs 4.00 USD"},
		"the end":                   {saw.Ended.Shown, "Your permission has ended"},
		"the end in another tab":    {saw.Stale.Shown, "Your permission has ended"},
		"the wallet, once":          {saw.Refused.Asked, "1.30 USD"},
		"the shop, back from there": {saw.Waiting.Shown, "Your order for 1.30 USD waits at your wallet"},
		"the order that waits":      {saw.Asked.Shown, "Your wallet asks you"},
		"the shop, refused":         {saw.Refused.Shown, "No coffee then"},
		"the shop, paid":            {saw.Paid.Shown, "You paid 1.30 USD"},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("%s does not show %q:\n%s", where, c.want, c.text)
		}
	}
	if !saw.Allowed.Limit || saw.Refused.Limit {
		t.Errorf("the limit is to be filled in every day: %v, once: %v", saw.Allowed.Limit, saw.Refused.Limit)
	}
	if moved := s.wallet.Ledger(); len(moved) != 3 {
		t.Errorf("money moved %d times: %+v", len(moved), moved)
	}
	for what, found := range map[string][]string{"the browser complains": saw.Complaints, "wider than its place": saw.Wide, "axe-core finds": saw.Violations} {
		if len(found) > 0 {
			t.Errorf("%s:\n%s", what, strings.Join(found, "\n"))
		}
	}
	_, first, _ := strings.Cut(saw.Allowed.URL, "/orders/")
	if strings.Contains(saw.Paid.Shown, first) || !strings.Contains(saw.Allowed.Shown, first) {
		t.Error("the requests of an order are not its own")
	}
	if *update {
		copyFile(t, filepath.Join(pictures, "readme.png"), "../../../../docs/demo.png")
	}
	wantNoSecret(t, s, "the page", saw.Allowed.Shown+saw.Allowed.Arrow+saw.Ended.Shown)
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
