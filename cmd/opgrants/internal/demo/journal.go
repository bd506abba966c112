package demo

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/recorder"
)

// Who talks to whom.
const (
	fromBrowser, fromShop, fromService = "browser", "shop", "service"
	toShop, toService, toWallet        = "shop", "service", "wallet"
)

// maxEntries are kept; the oldest are forgotten.
const maxEntries = 1000

// A journal is what went over the wire between all of them.
type journal struct {
	mask    recorder.Mask
	mu      sync.Mutex
	entries []entry
}

// An entry is an exchange between two of them.
type entry struct {
	recorder.Exchange
	From, To string
}

// record is what notes exchanges between these two.
func (j *journal) record(from, to string) func(recorder.Exchange) {
	return func(x recorder.Exchange) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.entries = append(j.entries, entry{x, from, to})
		if len(j.entries) > maxEntries {
			j.entries = slices.Delete(j.entries, 0, len(j.entries)-maxEntries)
		}
	}
}

// between are the entries that were under way in that time, in their order. A
// zero end is now.
func (j *journal) between(start, end time.Time) []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []entry
	for _, e := range j.entries {
		if !e.Start.Add(e.Took).Before(start) && (end.IsZero() || !e.Start.After(end)) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b entry) int { return a.Start.Compare(b.Start) })
	return found
}

// Where is the URL without what all of that server's have in common.
func (e entry) Where() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return e.URL
	}
	if u.RawQuery == "" {
		return u.EscapedPath()
	}
	return u.EscapedPath() + "?" + u.RawQuery
}

// Milliseconds until the answer.
func (e entry) Milliseconds() int64 { return e.Took.Milliseconds() }

// Good reports whether it ended as it should.
func (e entry) Good() bool { return e.Status >= 200 && e.Status < 400 }

// Text is the whole exchange.
func (e entry) Text() string {
	var b strings.Builder
	_ = e.Print(&b) // to memory
	return strings.TrimSpace(b.String())
}

// What says what the exchange is for.
func (e entry) What() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return ""
	}
	for _, m := range meanings {
		if e.From == m.from && e.To == m.to && e.Method == m.method && strings.HasPrefix(u.Path, m.prefix) &&
			strings.HasSuffix(u.Path, m.suffix) && (m.parameter == "" || u.Query().Has(m.parameter)) &&
			strings.Contains(e.RequestBody, m.body) {
			return m.what
		}
	}
	return ""
}

var meanings = []struct{ from, to, method, prefix, suffix, parameter, body, what string }{
	{fromBrowser, toShop, "POST", "/orders/", "/coffees", "", "", "Another coffee. Nobody is sent to the wallet"},
	{fromBrowser, toShop, "POST", "/orders/", "/end", "", "", "The customer ends the permission"},
	{fromBrowser, toShop, "POST", "/orders", "", "", "", "The order. The shop answers with a redirect to the wallet"},
	{fromBrowser, toShop, "GET", returnPath, "", "code", "", "Back in the shop, with a one-time code"},
	{fromBrowser, toShop, "GET", returnPath, "", "", "", "Back in the shop"},
	{fromBrowser, toWallet, "GET", "", "/finish", "", "", "The wallet sends the browser back to the service"},
	{fromBrowser, toWallet, "GET", "", "", "", "", "The wallet asks its user"},
	{fromBrowser, toWallet, "POST", "", "", "", "", "The user answers"},
	{fromBrowser, toService, "GET", "", "/finish", "hash", "", "The service verifies the hash and, once, waits for the wallet and continues the grant"},
	{fromBrowser, toService, "GET", "", "/finish", "", "", "Back at the service without a hash: nothing was allowed"},
	{fromShop, toService, "POST", "/grants", "/token", "", `"code"`, "The shop presents the code, and gets the access token"},
	{fromShop, toService, "POST", "/grants", "/token", "", `"refused"`, "The shop says that the wallet did not take the token, and gets another"},
	{fromShop, toService, "POST", "/grants", "/token", "", "", "The shop asks for a token that works"},
	{fromShop, toService, "POST", "/grants", "", "", "", "The shop asks for a grant"},
	{fromShop, toService, "GET", "/grants/", "", "", "", "The shop asks how the grant ended"},
	{fromShop, toService, "DELETE", "/grants/", "", "", "", "The shop ends the grant"},
	{fromShop, toWallet, "POST", "/auth", "", "", "", "The shop asks its own wallet for a grant to be paid; nobody needs to consent"},
	{fromShop, toWallet, "POST", "/op/incoming-payments", "", "", "", "The shop's wallet expects a payment"},
	{fromShop, toWallet, "POST", "/op/quotes", "", "", "", "The customer's wallet says what it costs"},
	{fromShop, toWallet, "POST", "/op/outgoing-payments", "", "", "", "The customer's wallet is asked to pay, from the quote"},
	{fromShop, toWallet, "GET", "/op/incoming-payments/", "", "", "", "The shop looks into its own wallet: it is paid when it is there"},
	{fromShop, toWallet, "GET", "/op/outgoing-payments", "", "", "", "The shop looks what the customer's wallet did"},
	{fromShop, toWallet, "GET", "/op/outgoing-payment-grant", "", "", "", "The customer's wallet says what is spent of the permission"},
	{fromShop, toWallet, "GET", "", "", "", "", "The shop reads a wallet address"},
	{fromService, toWallet, "POST", "", "/auth", "", "", "The service asks for a grant, signed with its key"},
	{fromService, toWallet, "POST", "/auth/continue/", "", "", "", "The service sends the reference, once, and gets the access token"},
	{fromService, toWallet, "POST", "/auth/token/", "", "", "", "The service rotates the token, whose time is over"},
	{fromService, toWallet, "DELETE", "/auth/continue/", "", "", "", "The service cancels the grant, and its tokens with it"},
	{fromService, toWallet, "GET", "", "", "", "", "The service reads the wallet address"},
}
