package journal

import (
	"net/http"
	"net/url"
	"strings"
)

// A meaning says what requests are for that have all of this.
type meaning struct {
	from, to, method string
	prefix, suffix   string // of the path
	parameter        string // of the query
	body             string // a part of the request's body
	says             string
}

// Meaning says what the request is for, or is empty.
func (e Entry) Meaning() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return ""
	}
	for _, m := range meanings {
		if e.From == m.from && e.To == m.to && e.Method == m.method && strings.HasPrefix(u.Path, m.prefix) &&
			strings.HasSuffix(u.Path, m.suffix) && (m.parameter == "" || u.Query().Has(m.parameter)) &&
			strings.Contains(e.RequestBody, m.body) {
			return m.says
		}
	}
	return ""
}

// meanings are tried in this order.
var meanings = []meaning{
	{from: Browser, to: Shop, method: http.MethodPost, suffix: "/coffees", says: "Another coffee. Nobody is sent to the wallet"},
	{from: Browser, to: Shop, method: http.MethodPost, suffix: "/again", says: "The customer has the shop try again"},
	{from: Browser, to: Shop, method: http.MethodPost, suffix: "/end", says: "The customer ends the permission"},
	{from: Browser, to: Shop, method: http.MethodPost, suffix: "/orders", says: "The order. The shop answers with a redirect to the wallet"},
	{from: Browser, to: Shop, method: http.MethodGet, parameter: "code", says: "Back in the shop, with a one-time code"},
	{from: Browser, to: Shop, method: http.MethodGet, says: "Back in the shop"},
	{from: Browser, to: Wallet, method: http.MethodGet, suffix: "/finish", says: "The wallet redirects the browser to the service"},
	{from: Browser, to: Wallet, method: http.MethodGet, says: "The wallet asks its user"},
	{from: Browser, to: Wallet, method: http.MethodPost, says: "The user answers"},
	{from: Browser, to: Service, method: http.MethodGet, suffix: "/finish", parameter: "hash", says: "The service verifies the hash, and the first time waits and continues the grant"},
	{from: Browser, to: Service, method: http.MethodGet, suffix: "/finish", says: "Back at the service without a hash: the user has not allowed it"},

	{from: Shop, to: Service, method: http.MethodPost, suffix: "/payments", body: `"code"`, says: "The shop sends the code, and asks for the payment"},
	{from: Shop, to: Service, method: http.MethodPost, suffix: "/payments", says: "The shop asks for a payment"},
	{from: Shop, to: Service, method: http.MethodPost, suffix: "/grants", body: `"payment"`, says: "The shop starts a checkout: one payment, for the price"},
	{from: Shop, to: Service, method: http.MethodPost, suffix: "/grants", says: "The shop asks for a grant: up to the limit, every day"},
	{from: Shop, to: Service, method: http.MethodGet, suffix: "/spent", says: "The shop asks how much of the permission is spent"},
	{from: Shop, to: Service, method: http.MethodGet, prefix: "/grants/", says: "The shop reads how it stands"},
	{from: Shop, to: Service, method: http.MethodDelete, prefix: "/grants/", says: "The shop ends the grant"},

	{from: Service, to: Wallet, method: http.MethodPost, suffix: "/auth", body: `"interact"`, says: "The service asks for the grant that the user is asked about"},
	{from: Service, to: Wallet, method: http.MethodPost, suffix: "/auth", body: `"incoming-payment"`, says: "The service asks the shop's wallet for a grant for incoming payments; nobody needs to consent"},
	{from: Service, to: Wallet, method: http.MethodPost, suffix: "/auth", body: `"quote"`, says: "The service asks for a grant for a quote; nobody needs to consent"},
	{from: Service, to: Wallet, method: http.MethodPost, suffix: "/auth", says: "The service asks for a grant"}, // its body was not recorded
	{from: Service, to: Wallet, method: http.MethodPost, prefix: "/auth/continue/", body: "interact_ref", says: "The service continues the grant with the interact_ref, once, and gets the access token"},
	{from: Service, to: Wallet, method: http.MethodPost, prefix: "/auth/continue/", says: "The service asks whether the grant is still there"},
	{from: Service, to: Wallet, method: http.MethodPost, prefix: "/auth/token/", says: "The service rotates the token, which has expired"},
	{from: Service, to: Wallet, method: http.MethodDelete, prefix: "/auth/continue/", says: "The service cancels the grant, and its tokens with it"},
	{from: Service, to: Wallet, method: http.MethodPost, suffix: "/incoming-payments", says: "The service creates an incoming payment at the shop's wallet"},
	{from: Service, to: Wallet, method: http.MethodPost, suffix: "/complete", says: "The service closes the incoming payment: nothing more shall arrive"},
	{from: Service, to: Wallet, method: http.MethodPost, suffix: "/quotes", says: "The service gets a quote: what it costs, and what arrives"},
	{from: Service, to: Wallet, method: http.MethodPost, suffix: "/outgoing-payments", says: "The service makes the payment from the quote, once"},
	{from: Service, to: Wallet, method: http.MethodGet, prefix: "/op/incoming-payments/", says: "The service asks the shop's wallet what has arrived: only that counts"},
	{from: Service, to: Wallet, method: http.MethodGet, prefix: "/op/outgoing-payments", says: "The service asks the customer's wallet about the payment"},
	{from: Service, to: Wallet, method: http.MethodGet, prefix: "/op/outgoing-payment-grant", says: "The service reads how much of the permission is spent"},
	{from: Service, to: Wallet, method: http.MethodGet, says: "The service reads a wallet address"},
}
