package httpapi

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/telemetry"
)

// A call is what the router knows about a request.
type call struct {
	owner   string // empty on a route for a browser
	id      string // of the grant; empty if the pattern has none
	payment string // id of the payment, likewise
}

// A router finds the route of a request. It is not [http.ServeMux] because that
// answers in plain text, and redirects a path that is not clean together with
// its query, which here is a secret.
type router struct {
	api     *API
	base    []string // segments that may come before those of a route
	routes  []Route
	running running
}

func newRouter(a *API, routes []Route) router {
	return router{api: a, base: basePath(a.PublicURL), routes: routes, running: newRunning(a.MaxRequests)}
}

func (rt router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	found, at, allow := rt.find(r)
	ctx, wallets := telemetry.WithWallets(withIDs(r.Context(), at))
	r = r.WithContext(ctx)
	var who Identity
	answer := rt.answer(r, found, at, allow, &who)
	answer.write(w, r)
	rt.api.reportFault(r, answer)
	r = r.WithContext(withIdentity(r.Context(), who))
	rt.api.logRequest(r, found, answer, wallets, time.Since(started))
}

// find returns the route of a request and the ids in its path. Without a route it
// returns the methods that the path allows. HEAD is answered as GET is (RFC 9110
// section 9.3.2).
func (rt router) find(r *http.Request) (found *Route, at parameters, allow []string) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	segments := splitPath(r.URL.EscapedPath())
	candidates := [][]string{segments}
	if below := cutBase(rt.base, segments); len(below) != len(segments) {
		candidates = append(candidates, below) // second: a base may be spelled as a route begins
	}
	for _, candidate := range candidates {
		for i := range rt.routes {
			at, ok := match(rt.routes[i].Pattern, candidate)
			if !ok {
				continue
			}
			if rt.routes[i].Method == method {
				return &rt.routes[i], at, nil
			}
			allow = append(allow, rt.routes[i].Method)
			if rt.routes[i].Method == http.MethodGet {
				allow = append(allow, http.MethodHead)
			}
		}
	}
	slices.Sort(allow)
	return nil, parameters{}, slices.Compact(allow)
}

// answer calls the route's handler, and sets who when the caller is known. It
// answers a panic as an internal error.
func (rt router) answer(r *http.Request, found *Route, at parameters, allow []string, who *Identity) (answer *reply) {
	refuse := func(err error) *reply { return problemReply(err, nil) }
	if found != nil && found.Caller == Browser || found == nil && len(allow) == 0 && wantsPage(r) {
		refuse = func(err error) *reply { return pageReply(r, err) }
	}
	defer func() {
		if p := recover(); p != nil {
			answer = refuse(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	switch {
	case found == nil && len(allow) == 0:
		return refuse(&grant.Error{Code: grant.CodeNotFound, Detail: "This service has no such path."})
	case found == nil:
		return methodNotAllowed(allow)
	case !rt.running.enter():
		return refuse(errTooManyRequests)
	}
	defer rt.running.leave()
	answer, err := rt.api.handle(r, found, at, who)
	if err != nil {
		return refuse(err)
	}
	return answer
}

func methodNotAllowed(allow []string) *reply {
	methods := strings.Join(allow, ", ")
	answer := problemReply(&grant.Error{Code: codeMethodNotAllowed, Detail: "This path accepts " + methods + "."}, nil)
	answer.header.Set(headerAllow, methods)
	return answer
}

// wantsPage reports whether a person opened the path in a browser, for example a
// finish link that was cut off.
func wantsPage(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		strings.Contains(strings.ToLower(r.Header.Get("Accept")), "text/html")
}

func (a *API) handle(r *http.Request, found *Route, at parameters, who *Identity) (*reply, error) {
	var c call
	if found.Caller == App {
		i, err := a.Caller(r)
		if err != nil {
			return nil, unauthenticated(err)
		}
		*who = i
		if err := checkPower(i, found.Power); err != nil {
			return nil, err
		}
		c.owner = i.Owner
		r = r.WithContext(withIdentity(r.Context(), i))
	}
	if strings.Contains(found.Pattern, "{id}") && !isID(at.grant) {
		return nil, noGrant(found)
	}
	if strings.Contains(found.Pattern, "{payment}") && !isID(at.payment) {
		return nil, noPayment()
	}
	c.id, c.payment = at.grant, at.payment
	return found.handle(a, r, c)
}

// noGrant returns the same error as [grant.Service] for an unknown id.
func noGrant(found *Route) error {
	if found.Caller == Browser {
		return &grant.Error{Code: grant.CodeLinkNotValid}
	}
	return &grant.Error{Code: grant.CodeNotFound, Detail: "There is no such grant, or it is another owner's."}
}

// noPayment returns the same error as [payment.Service] for an unknown id.
func noPayment() error {
	return &grant.Error{Code: grant.CodeNotFound, Detail: "There is no such payment of this grant, or it belongs to another owner."}
}
