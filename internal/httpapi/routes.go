package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/power"
)

// A Caller is who may use a route.
type Caller string

// The callers. An app proves who it is, and its errors are problem documents. A
// browser proves nothing, and its errors are pages.
const (
	App     Caller = "the app"
	Browser Caller = "the user's browser"
)

// The Lambda functions that serve routes, by the names of their folders in
// functions/.
const (
	RequestGrant   = "request-grant"
	FinishCallback = "finish-callback"
	ManageGrant    = "manage-grant"
	MakePayment    = "make-payment"
)

// A Route is one method at one path.
type Route struct {
	Method   string
	Pattern  string // its segment {id} is a grant's id, {payment} a payment's
	Function string // the Lambda function that serves it
	Caller   Caller
	Power    power.Power // that an app needs; empty for a browser
	Does     string      // for the table in the documentation
	Body     any         // the zero value of the type that its JSON body is read into; nil: it reads no body

	handle func(*API, *http.Request, call) (*reply, error)
}

// Key returns the route as API Gateway writes it in a RouteKey.
func (r Route) Key() string { return r.Method + " " + r.Pattern }

// routes is the table of the whole interface. The router, template.yaml, the
// documentation and the tests follow it.
var routes = []Route{
	{
		Method: http.MethodPost, Pattern: "/grants", Function: RequestGrant, Caller: App, Power: power.Grants,
		Does: "asks the user's wallet for a grant: 201, the grant and its `consentUrl`",
		Body: grant.Request{}, handle: (*API).request,
	},
	{
		Method: http.MethodGet, Pattern: "/grants/{id}/finish", Function: FinishCallback, Caller: Browser,
		Does:   "where the wallet sends it back to: 303 to your `returnUrl`, or a page",
		handle: (*API).finish,
	},
	{
		Method: http.MethodGet, Pattern: "/grants/{id}", Function: ManageGrant, Caller: App, Power: power.Grants,
		Does:   "the grant, never a secret",
		handle: (*API).get,
	},
	{
		Method: http.MethodGet, Pattern: "/grants", Function: ManageGrant, Caller: App, Power: power.Grants,
		Does:   "with `?reference=…`: your grants with that reference, newest first",
		handle: (*API).list,
	},
	{
		Method: http.MethodPost, Pattern: "/grants/{id}/claim", Function: ManageGrant, Caller: App, Power: power.Grants,
		Does: "accepts the `code`: 200 and the grant",
		Body: claimRequest{}, handle: (*API).claim,
	},
	{
		Method: http.MethodPost, Pattern: "/grants/{id}/payments", Function: MakePayment, Caller: App, Power: power.Payments,
		Does: "makes a payment, once for an `Idempotency-Key`: 201 and the payment, or 402",
		Body: payment.Request{}, handle: (*API).pay,
	},
	{
		Method: http.MethodGet, Pattern: "/grants/{id}/payments", Function: ManageGrant, Caller: App, Power: power.Payments,
		Does:   "the payments of the grant, newest first",
		handle: (*API).listPayments,
	},
	{
		Method: http.MethodGet, Pattern: "/grants/{id}/payments/{payment}", Function: ManageGrant, Caller: App, Power: power.Payments,
		Does:   "one payment, as it is now",
		handle: (*API).getPayment,
	},
	{
		Method: http.MethodGet, Pattern: "/grants/{id}/spent", Function: ManageGrant, Caller: App, Power: power.Payments,
		Does:   "what the wallet says is spent of the grant's limits",
		handle: (*API).spent,
	},
	{
		Method: http.MethodPost, Pattern: "/grants/{id}/token", Function: ManageGrant, Caller: App, Power: power.Tokens,
		Does: "an access token that works now; the first time with the `code`",
		Body: grant.TokenRequest{}, handle: (*API).token,
	},
	{
		Method: http.MethodDelete, Pattern: "/grants/{id}", Function: ManageGrant, Caller: App, Power: power.Grants,
		Does:   "revokes it at the wallet and here: 204",
		handle: (*API).delete,
	},
}

// Routes returns the table of the whole interface, in the order of the
// documentation.
func Routes() []Route { return slices.Clone(routes) }

// RouteTable returns the rows of the documentation's table, in Markdown: route,
// who may call and with which power, what it does.
func RouteTable() string {
	var b strings.Builder
	for _, r := range routes {
		who := string(r.Caller)
		if r.Power != "" {
			who += ", `" + string(r.Power) + "`"
		}
		b.WriteString("| `" + r.Key() + "` | " + who + " | " + r.Does + " |\n")
	}
	return b.String()
}
