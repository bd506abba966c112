package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
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
)

// A Route is one method at one path.
type Route struct {
	Method   string
	Pattern  string // its segment {id} is a grant's id
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
