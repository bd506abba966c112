package httpapi_test

import (
	"errors"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/strictjson"
)

// path returns a path of the route.
func path(r httpapi.Route) string {
	return strings.NewReplacer("{id}", id, "{payment}", paymentID).Replace(r.Pattern)
}

// query returns the least query that the route accepts, with its question mark.
func query(r httpapi.Route) string {
	if r.Key() == "GET /grants" {
		return "?reference=order-7"
	}
	return ""
}

// checksQuery reports whether the route refuses parameters that it does not know.
func checksQuery(r httpapi.Route) bool {
	return r.Method == http.MethodDelete || r.Key() == "GET /grants" || r.Key() == "GET /grants/{id}/payments"
}

// body returns the least body that the route accepts.
func body(r httpapi.Route) string {
	if r.Body == nil {
		return ""
	}
	return "{}"
}

func TestEachRouteIsFoundHoweverItsPathIsWritten(t *testing.T) {
	a := api(nil)
	a.PublicURL = "https://shop.example/consent/v1"
	for _, r := range httpapi.Routes() {
		for _, target := range []string{
			path(r), path(r) + "/", strings.Replace(path(r), "/grants", "/%67ran%74s", 1), strings.Replace(path(r), "AA", "%41%41", 1),
			"/consent/v1" + path(r), "/consent/v1" + path(r) + "/", "/c%6Fnsent/v1" + path(r), path(r) + "?a=b", path(r) + "/?a=b",
		} {
			if strings.HasSuffix(target, "?a=b") && checksQuery(r) {
				continue
			}
			if !strings.Contains(target, "?") {
				target += query(r)
			}
			methods := []string{r.Method}
			if r.Method == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
			for _, method := range methods {
				g := someGrants()
				a.Grants, a.Payments = g, payments{g}
				got := do(a.Handler(), request(method, target, body(r)))
				if got.StatusCode >= 300 || len(g.calls) != 1 && !(method == http.MethodHead && r.Caller == httpapi.Browser) {
					t.Errorf("%s %s: %d, asked %v", method, target, got.StatusCode, g.calls)
				}
				if method == http.MethodHead && text(t, got) != "" {
					t.Errorf("%s %s has a body", method, target)
				}
			}
		}
		for _, target := range []string{"/consent" + path(r), "/v1/consent" + path(r), "/consent/v1/consent/v1" + path(r), "/" + path(r), path(r) + "//"} {
			a.Grants = someGrants()
			if got := do(a.Handler(), request(r.Method, target, body(r))); got.StatusCode != 404 {
				t.Errorf("%s %s: %d", r.Method, target, got.StatusCode)
			}
		}
	}
}

func TestOnlyAnAppProvesWhoItIs(t *testing.T) {
	for _, r := range httpapi.Routes() {
		got := do(api(someGrants()).Handler(), with(request(r.Method, path(r)+query(r), body(r)), "Authorization", ""))
		if unauthenticated := got.StatusCode == 401; unauthenticated != (r.Caller == httpapi.App) {
			t.Errorf("%s: %d without a token", r.Key(), got.StatusCode)
		}
	}
}

// Whichever document has the table of routes has this one.
func TestTheDocumentedTableIsTheTableOfRoutes(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `(?:GET|POST|PUT|PATCH|DELETE) /.*\\|\n")
	found := 0
	for _, document := range []string{"../../README.md", "../../docs/http-api.md"} {
		text, err := os.ReadFile(document)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		rows := strings.Join(row.FindAllString(string(text), -1), "")
		if rows == "" {
			continue
		}
		found++
		if rows != httpapi.RouteTable() {
			t.Errorf("%s has\n%s\nwant\n%s", document, rows, httpapi.RouteTable())
		}
	}
	if found == 0 {
		t.Error("no document has the table of routes")
	}
}

func TestEachFunctionOfTheTableIsInItsFolder(t *testing.T) {
	for _, r := range httpapi.Routes() {
		if _, err := os.Stat("../../functions/" + r.Function + "/main.go"); err != nil {
			t.Errorf("%s: %v", r.Key(), err)
		}
	}
}

// textMembers returns the paths of all members of a body that are texts, each as
// a body in which it is value.
func textMembers(t reflect.Type, path, value string) map[string]string {
	switch t.Kind() {
	case reflect.Pointer:
		return textMembers(t.Elem(), path, value)
	case reflect.String:
		return map[string]string{path: `"` + value + `"`}
	case reflect.Slice:
		all := map[string]string{}
		for at, body := range textMembers(t.Elem(), path+"[0]", value) {
			all[at] = "[" + body + "]"
		}
		return all
	case reflect.Struct:
		all := map[string]string{}
		for _, name := range strictjson.Names(t) {
			for i := range t.NumField() {
				if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); tag != name {
					continue
				}
				for at, body := range textMembers(t.Field(i).Type, strings.TrimPrefix(path+"."+name, "."), value) {
					all[at] = `{"` + name + `":` + body + `}`
				}
			}
		}
		return all
	}
	return nil
}

func TestEachTextOfARequestHasALimit(t *testing.T) {
	texts := 0
	for _, r := range httpapi.Routes() {
		if r.Body == nil {
			continue
		}
		for member, body := range textMembers(reflect.TypeOf(r.Body), "", strings.Repeat("x", 8001)) {
			texts++
			g := someGrants()
			p := readProblem(t, do(api(g).Handler(), request(r.Method, path(r), body)))
			if p.Status != 400 || p.Field != member || !strings.Contains(p.Detail, "is longer than") || len(p.Detail) > 200 || len(g.calls) != 0 {
				t.Errorf("%s of %s: %+v, asked %d times", member, r.Key(), p, len(g.calls))
			}
		}
	}
	if texts < 10 {
		t.Errorf("found only %d texts", texts)
	}
}
