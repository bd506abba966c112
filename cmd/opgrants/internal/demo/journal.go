package demo

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/recorder"
)

// The clients and servers of the requests.
const (
	fromBrowser, fromShop, fromService = "browser", "shop", "service"
	toShop, toService, toWallet        = "shop", "service", "wallet"
)

// maxEntries is how many requests a journal keeps. It drops the oldest ones.
const maxEntries = 1000

// A journal has the requests between the browser, the shop, the service and the wallet.
type journal struct {
	mask    recorder.Mask
	mu      sync.Mutex
	entries []entry
}

// An entry is a request and its answer.
type entry struct {
	recorder.Exchange
	From, To string
}

// record returns a function that adds requests of one client to one server.
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

// between returns the entries that were under way between start and end, in their
// order. A zero end is now.
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

// Path is the URL without scheme and host.
func (e entry) Path() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return e.URL
	}
	if u.RawQuery == "" {
		return u.EscapedPath()
	}
	return u.EscapedPath() + "?" + u.RawQuery
}

// Milliseconds is the time until the answer was complete.
func (e entry) Milliseconds() int64 { return e.Took.Milliseconds() }

// Succeeded reports whether the status is 2xx or 3xx.
func (e entry) Succeeded() bool { return e.Status >= 200 && e.Status < 400 }

// Text is the whole request and answer, secrets masked.
func (e entry) Text() string {
	var b strings.Builder
	_ = e.Print(&b) // to memory
	return strings.TrimSpace(b.String())
}

// Meaning says what the request is for, or is empty.
func (e entry) Meaning() string {
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
	{fromBrowser, toWallet, "GET", "", "/finish", "", "", "The wallet redirects the browser to the service"},
	{fromBrowser, toWallet, "GET", "", "", "", "", "The wallet asks its user"},
	{fromBrowser, toWallet, "POST", "", "", "", "", "The user answers"},
	{fromBrowser, toService, "GET", "", "/finish", "hash", "", "The service verifies the hash, and the first time waits and continues the grant"},
	{fromBrowser, toService, "GET", "", "/finish", "", "", "Back at the service without a hash: the user has not allowed it"},
	{fromShop, toService, "POST", "/grants", "/token", "", `"code"`, "The shop sends the code, and gets the access token"},
	{fromShop, toService, "POST", "/grants", "/token", "", `"refused"`, "The shop reports that the wallet refused the token, and gets another"},
	{fromShop, toService, "POST", "/grants", "/token", "", "", "The shop asks for a token that works"},
	{fromShop, toService, "POST", "/grants", "", "", "", "The shop asks for a grant"},
	{fromShop, toService, "GET", "/grants/", "", "", "", "The shop asks how the grant ended"},
	{fromShop, toService, "DELETE", "/grants/", "", "", "", "The shop ends the grant"},
	{fromShop, toWallet, "POST", "/auth", "", "", "", "The shop asks its own wallet for a grant for an incoming payment; nobody needs to consent"},
	{fromShop, toWallet, "POST", "/op/incoming-payments", "", "", "", "The shop creates an incoming payment"},
	{fromShop, toWallet, "POST", "/op/quotes", "", "", "", "The shop creates a quote at the customer's wallet"},
	{fromShop, toWallet, "POST", "/op/outgoing-payments", "", "", "", "The shop creates the outgoing payment from the quote"},
	{fromShop, toWallet, "GET", "/op/incoming-payments/", "", "", "", "The shop reads its incoming payment: what counts is what has arrived there"},
	{fromShop, toWallet, "GET", "/op/outgoing-payments", "", "", "", "The shop reads the outgoing payment"},
	{fromShop, toWallet, "GET", "/op/outgoing-payment-grant", "", "", "", "The shop reads how much of the permission is spent"},
	{fromShop, toWallet, "GET", "", "", "", "", "The shop reads a wallet address"},
	{fromService, toWallet, "POST", "", "/auth", "", "", "The service asks for a grant, signed with its key"},
	{fromService, toWallet, "POST", "/auth/continue/", "", "", "", "The service continues the grant with the interact_ref, once, and gets the access token"},
	{fromService, toWallet, "POST", "/auth/token/", "", "", "", "The service rotates the token, which has expired"},
	{fromService, toWallet, "DELETE", "/auth/continue/", "", "", "", "The service cancels the grant, and its tokens with it"},
	{fromService, toWallet, "GET", "", "", "", "", "The service reads the wallet address"},
}
