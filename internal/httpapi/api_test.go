package httpapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/test/openapi/own"
)

const id, paymentID = "AAECAwQFBgcICQoLDA0ODw", "Dw4NDAsKCQgHBgUEAwIBAA"

// api has one caller, shop, with one token.
func api(g httpapi.Grants) *httpapi.API {
	fake, _ := g.(*grants)
	return &httpapi.API{Grants: g, Payments: payments{fake}, Caller: httpapi.BearerCaller(func(token string) (httpapi.Identity, bool) {
		return httpapi.Identity{Owner: "shop", Powers: power.All()}, token == "secret"
	})}
}

// request is one of the app's, with a token, and a media type when it has a body.
func request(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer secret")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if method == http.MethodPost && strings.Contains(target, "/payments") {
		r.Header.Set("Idempotency-Key", "order-7")
	}
	return r
}

// do sends a request, and panics unless the answer has a form of docs/openapi.yaml.
func do(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	own.Forms(h, func(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }).ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRoutes(t *testing.T) {
	const resource = `{"id":"AAECAwQFBgcICQoLDA0ODw","status":"pending","claimed":false,"walletAddress":"https://wallet.example/alice",` +
		`"access":[{"type":"outgoing-payment","actions":["create","read"]}],"createdAt":"2026-11-22T18:00:00Z",` +
		`"consentUrl":"https://wallet.example/interact/1?a=b&c=<d>"}` + "\n"
	const token = `{"accessToken":"t0k3n","expiresAt":"2026-11-22T18:00:00Z","access":[{"type":"quote","actions":["read"]}],` +
		`"resourceServer":"https://wallet.example","walletAddress":"https://wallet.example/alice"}` + "\n"
	const payment = `{"id":"Dw4NDAsKCQgHBgUEAwIBAA","grantId":"AAECAwQFBgcICQoLDA0ODw","status":"completed","to":"https://wallet.example/shop",` +
		`"createdAt":"2026-11-28T09:00:00Z"}`
	for name, tc := range map[string]struct {
		method, path, body string
		want               asked
		status             int
		answer             string
	}{
		"POST /grants asks for a grant": {"POST", "/grants", `{"walletAddress":"$w.example"}`,
			asked{Method: "Request", Owner: "shop", Request: grant.Request{WalletAddress: "$w.example"}}, 201, resource},
		"GET /grants/{id} shows it": {"GET", "/grants/" + id, "",
			asked{Method: "Get", Owner: "shop", ID: id}, 200, resource},
		"HEAD /grants/{id} says that it is there": {"HEAD", "/grants/" + id, "",
			asked{Method: "Get", Owner: "shop", ID: id}, 200, ""},
		"a query is of no matter there": {"GET", "/grants/" + id + "?a=%zz", "",
			asked{Method: "Get", Owner: "shop", ID: id}, 200, resource},
		"POST …/token takes the code": {"POST", "/grants/" + id + "/token", `{"code":"c0d3"}`,
			asked{Method: "Token", Owner: "shop", ID: id, Token: grant.TokenRequest{Code: "c0d3"}}, 200, token},
		"POST …/token takes a token that was refused": {"POST", "/grants/" + id + "/token", `{"refused":"t0k3n"}`,
			asked{Method: "Token", Owner: "shop", ID: id, Token: grant.TokenRequest{Refused: "t0k3n"}}, 200, token},
		"GET /grants lists those with a reference": {"GET", "/grants?reference=order%207&cursor=c1", "",
			asked{Method: "List", Owner: "shop", Reference: "order 7", Cursor: "c1"}, 200, `{"grants":[]}` + "\n"},
		"POST …/claim takes the code": {"POST", "/grants/" + id + "/claim", `{"code":"c0d3"}`,
			asked{Method: "Claim", Owner: "shop", ID: id, Code: "c0d3"}, 200, resource},
		"POST …/claim needs no body": {"POST", "/grants/" + id + "/claim", "",
			asked{Method: "Claim", Owner: "shop", ID: id}, 200, resource},
		"GET …/payments lists them": {"GET", "/grants/" + id + "/payments?cursor=c1", "",
			asked{Method: "ListPayments", Owner: "shop", ID: id, Cursor: "c1"}, 200, `{"payments":[` + payment + `],"next":"n3xt"}` + "\n"},
		"GET …/payments/{payment} shows one": {"GET", "/grants/" + id + "/payments/" + paymentID, "",
			asked{Method: "GetPayment", Owner: "shop", ID: id, Payment: paymentID}, 200, payment + "\n"},
		"GET …/spent shows what is spent": {"GET", "/grants/" + id + "/spent", "",
			asked{Method: "Spent", Owner: "shop", ID: id}, 200, `{"spentDebitAmount":{"value":"130","assetCode":"USD","assetScale":2},"spentReceiveAmount":null}` + "\n"},
		"POST …/token needs no body": {"POST", "/grants/" + id + "/token", "",
			asked{Method: "Token", Owner: "shop", ID: id}, 200, token},
		"POST …/token takes an empty object": {"POST", "/grants/" + id + "/token", "{}",
			asked{Method: "Token", Owner: "shop", ID: id}, 200, token},
	} {
		t.Run(name, func(t *testing.T) {
			g := someGrants()
			got := do(api(g).Handler(), request(tc.method, tc.path, tc.body))
			if got.StatusCode != tc.status {
				t.Errorf("status %d, want %d", got.StatusCode, tc.status)
			}
			if body := text(t, got); body != tc.answer {
				t.Errorf("got  %s\nwant %s", body, tc.answer)
			}
			if !reflect.DeepEqual(g.calls, []asked{tc.want}) {
				t.Errorf("asked %+v, want %+v", g.calls, tc.want)
			}
			if kind := got.Header.Get("Content-Type"); kind != "application/json" {
				t.Errorf("Content-Type %q", kind)
			}
		})
	}
}

func TestANewGrantHasALocation(t *testing.T) {
	got := do(api(someGrants()).Handler(), request("POST", "/grants", "{}"))
	if at := got.Header.Get("Location"); at != "/grants/"+id {
		t.Errorf("Location %q", at)
	}
	below := api(someGrants())
	below.PublicURL = "https://shop.example/pay/caf%C3%A9"
	got = do(below.Handler(), request("POST", "/pay/caf%C3%A9/grants", "{}"))
	if at := got.Header.Get("Location"); at != "/pay/caf%C3%A9/grants/"+id {
		t.Errorf("below a path: %d, Location %q", got.StatusCode, at)
	}
}

func TestTheTokenOfASubjectGrantIsTheSubjectAlone(t *testing.T) {
	g := someGrants()
	g.token = &grant.TokenAnswer{WalletAddress: "https://wallet.example/alice", Subject: "https://wallet.example/alice"}
	got := text(t, do(api(g).Handler(), request("POST", "/grants/"+id+"/token", `{"code":"c0d3"}`)))
	if want := `{"walletAddress":"https://wallet.example/alice","subject":"https://wallet.example/alice"}` + "\n"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEachFunctionHasItsOwnRoutesOnly(t *testing.T) {
	a := api(someGrants())
	routes := map[string]struct{ method, path, body string }{
		"request": {"POST", "/grants", "{}"},
		"finish":  {"GET", "/grants/" + id + "/finish", ""},
		"get":     {"GET", "/grants/" + id, ""},
		"token":   {"POST", "/grants/" + id + "/token", ""},
		"list":    {"GET", "/grants?reference=order-7", ""},
		"claim":   {"POST", "/grants/" + id + "/claim", `{"code":"c0d3"}`},
		"pay":     {"POST", "/grants/" + id + "/payments", "{}"},
		"history": {"GET", "/grants/" + id + "/payments", ""},
		"lookup":  {"GET", "/grants/" + id + "/payments/" + paymentID, ""},
		"spent":   {"GET", "/grants/" + id + "/spent", ""},
		"delete":  {"DELETE", "/grants/" + id, ""},
	}
	for name, tc := range map[string]struct {
		handler http.Handler
		has     string
	}{
		"request-grant":   {a.RequestGrant(), "request"},
		"finish-callback": {a.FinishCallback(), "finish"},
		"manage-grant":    {a.ManageGrant(), "get token delete list claim history lookup spent"},
		"make-payment":    {a.MakePayment(), "pay"},
		"all of it":       {a.Handler(), "request finish get token delete list claim pay history lookup spent"},
	} {
		t.Run(name, func(t *testing.T) {
			for route, r := range routes {
				got := do(tc.handler, request(r.method, r.path, r.body))
				if has := strings.Contains(tc.has, route); has != (got.StatusCode < 300) || !has && got.StatusCode != 404 && got.StatusCode != 405 {
					t.Errorf("%s: %d", route, got.StatusCode)
				}
			}
		})
	}
}

func TestNoAnswerIsCached(t *testing.T) {
	broken := someGrants()
	broken.err = errors.New("broken")
	a := api(someGrants()).Handler()
	for name, got := range map[string]*http.Response{
		"a grant":      do(a, request("GET", "/grants/"+id, "")),
		"a token":      do(a, request("POST", "/grants/"+id+"/token", "")),
		"nothing":      do(a, request("DELETE", "/grants/"+id, "")),
		"a page":       do(a, request("GET", "/grants/"+id+"/finish", "")),
		"a problem":    do(a, request("POST", "/grants", "x")),
		"an unknown":   do(a, request("GET", "/", "")),
		"a fault":      do(api(broken).Handler(), request("GET", "/grants/"+id, "")),
		"a fault page": do(api(broken).Handler(), request("GET", "/grants/"+id+"/finish", "")),
	} {
		for header, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		} {
			if value := got.Header.Get(header); value != want {
				t.Errorf("%s: %s: %q", name, header, value)
			}
		}
	}
}

func TestLongestBodyIsTaken(t *testing.T) {
	body := "{" + strings.Repeat(" ", 16<<10-2) + "}"
	if got := do(api(someGrants()).Handler(), request("POST", "/grants", body)); got.StatusCode != 201 {
		t.Errorf("%d bytes: %d", len(body), got.StatusCode)
	}
	if got := do(api(someGrants()).Handler(), request("POST", "/grants", body+" ")); got.StatusCode != 413 {
		t.Errorf("%d bytes: %d", len(body)+1, got.StatusCode)
	}
}

// A problem as an app reads it.
type problem struct {
	Type, Title, Detail, Code, Field string
	Status                           int
	Upstream                         *grant.Upstream
	Payment                          *payment.Resource
}

func readProblem(t *testing.T, r *http.Response) problem {
	t.Helper()
	if kind := r.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("Content-Type %q", kind)
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	var p problem
	if err := d.Decode(&p); err != nil {
		t.Fatal(err)
	}
	if p.Status != r.StatusCode {
		t.Errorf("says %d, is %d", p.Status, r.StatusCode)
	}
	return p
}
