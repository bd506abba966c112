package httpapi

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/telemetry"
)

// A route is one method at one place.
type route struct {
	method  string
	pattern string // segments; {id} stands for a grant's id
	browser bool   // for the user's browser: nobody needs to say who calls, errors are pages
	handle  func(*http.Request, call) (*reply, error)
}

// A call is what the router found out about a request.
type call struct {
	owner string // empty on a route for the browser
	id    string // of the grant; empty when the pattern has none
}

// A reply is a whole answer. Nothing is written before a handler has returned
// one, so a failure never follows half an answer.
type reply struct {
	status int
	header http.Header
	body   []byte

	// For the log.
	id   string // of a grant that was made
	code string // of what went wrong
	err  error  // its cause
}

// router is not [http.ServeMux] because that answers in plain text, and
// redirects untidy paths together with their query, which here is a secret.
type router struct {
	api    *API
	routes []route
}

func (rt router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	found, id, allow := rt.find(r)
	ctx, wallets := telemetry.WithWallets(withGrant(r.Context(), id))
	r = r.WithContext(ctx)
	answer := rt.answer(r, found, id, allow)
	write(w, r, answer)
	rt.api.logRequest(r, found, answer, wallets, time.Since(started))
}

// find is the route of a request and the id in its path; without one, the
// methods that its path would allow.
func (rt router) find(r *http.Request) (found *route, id string, allow []string) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // RFC 9110 section 9.3.2
	}
	for i := range rt.routes {
		at, ok := match(rt.routes[i].pattern, r.URL.Path)
		if !ok {
			continue
		}
		if rt.routes[i].method == method {
			return &rt.routes[i], at, nil
		}
		allow = append(allow, rt.routes[i].method)
		if rt.routes[i].method == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
	}
	slices.Sort(allow)
	return nil, "", allow
}

func match(pattern, path string) (id string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return "", false
	}
	for i := range want {
		switch {
		case want[i] == "{id}" && got[i] != "":
			id = got[i]
		case want[i] != got[i]:
			return "", false
		}
	}
	return id, true
}

func (rt router) answer(r *http.Request, found *route, id string, allow []string) (answer *reply) {
	refuse := problemReply
	if found != nil && found.browser {
		refuse = pageReply
	}
	defer func() {
		if p := recover(); p != nil {
			answer = refuse(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	if found == nil {
		return notFound(allow)
	}
	answer, err := rt.api.handle(r, found, id)
	if err != nil {
		return refuse(err)
	}
	return answer
}

func notFound(allow []string) *reply {
	if len(allow) == 0 {
		return problemReply(&grant.Error{Code: grant.CodeNotFound, Detail: "There is nothing at this path."})
	}
	methods := strings.Join(allow, ", ")
	answer := problemReply(&grant.Error{Code: codeMethodNotAllowed, Detail: "This path takes " + methods + "."})
	answer.header.Set("Allow", methods)
	return answer
}

func (a *API) handle(r *http.Request, found *route, id string) (*reply, error) {
	var c call
	if !found.browser {
		owner, err := a.Caller(r)
		if err != nil {
			return nil, unauthenticated(err)
		}
		c.owner = owner
	}
	if strings.Contains(found.pattern, "{id}") {
		if !isID(id) {
			return nil, noGrant(found)
		}
		c.id = id
	}
	return found.handle(r, c)
}

// noGrant says the same as [grant.Service] does of an id that it does not know.
func noGrant(found *route) error {
	if found.browser {
		return &grant.Error{Code: grant.CodeLinkNotValid}
	}
	return &grant.Error{Code: grant.CodeNotFound, Detail: "There is no such grant, or it is another owner's."}
}

// write sends a reply, with what is said on every one.
func write(w http.ResponseWriter, r *http.Request, answer *reply) {
	h := w.Header()
	for name, values := range answer.header {
		h[name] = values
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	if answer.status != http.StatusNoContent { // RFC 9110 section 8.6
		h.Set("Content-Length", strconv.Itoa(len(answer.body)))
	}
	w.WriteHeader(answer.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(answer.body) // the caller has gone; there is nobody to tell
	}
}
