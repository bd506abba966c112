package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// ownFaults are the codes of what this service is at fault for.
var ownFaults = []string{"internal_error", "misconfigured", "return_urls_missing", "signing_key_missing", "signing_key_invalid",
	"signing_key_unavailable", "store_unavailable"}

// faultsOf sends a request whose handler fails with err, and returns what was
// reported.
func faultsOf(t *testing.T, edit func(*grants), r *http.Request) (codes []string) {
	t.Helper()
	g := someGrants()
	edit(g)
	a := api(g)
	a.Fault = func(ctx context.Context, code string) {
		if ctx == nil {
			t.Error("no context")
		}
		codes = append(codes, code)
	}
	a.Handler().ServeHTTP(httptest.NewRecorder(), r)
	return codes
}

// TestEachCodeIsAFaultOfTheServiceOrNot tries each code that an answer can have, on
// a route of an app and on that of a browser.
func TestEachCodeIsAFaultOfTheServiceOrNot(t *testing.T) {
	tried := 0
	for _, p := range httpapi.ProblemTypes() {
		for _, r := range []*http.Request{request("GET", "/grants/"+id, ""), request("GET", "/grants/"+id+"/finish?hash=a", "")} {
			var want []string
			if slices.Contains(ownFaults, p.Code) {
				want = []string{p.Code}
				tried++
			}
			got := faultsOf(t, func(g *grants) { g.err = &grant.Error{Code: p.Code, Detail: "It is so."} }, r)
			if !slices.Equal(got, want) {
				t.Errorf("%s at %s: reported %q, want %q", p.Code, r.URL.Path, got, want)
			}
		}
	}
	if tried != 2*len(ownFaults) {
		t.Errorf("%d of %d faults were tried", tried, 2*len(ownFaults))
	}
}

func TestAFaultIsReportedOnce(t *testing.T) {
	key := &grant.Error{Code: grant.CodeKeyMissing, Detail: "Put it."}
	for name, tc := range map[string]struct {
		edit func(*grants)
		want string
	}{
		"a panic":                           {func(g *grants) { g.panics = "out of luck" }, "internal_error"},
		"an error without a code":           {func(g *grants) { g.err = errors.New("the cause") }, "internal_error"},
		"a code that nobody knows":          {func(g *grants) { g.err = &grant.Error{Code: "new"} }, "internal_error"},
		"a missing key":                     {func(g *grants) { g.err = key }, "signing_key_missing"},
		"a missing key behind another code": {func(g *grants) { g.err = &grant.Error{Code: grant.CodeNotRotated, Err: fmt.Errorf("sign: %w", key)} }, "signing_key_missing"},
		"a missing key among others": {func(g *grants) {
			g.err = &grant.Error{Code: grant.CodeNotRotated, Err: errors.Join(errors.New("one"), key, key)}
		}, "signing_key_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []*http.Request{request("GET", "/grants/"+id, ""), request("GET", "/grants/"+id+"/finish?hash=a", "")} {
				if got := faultsOf(t, tc.edit, r); !slices.Equal(got, []string{tc.want}) {
					t.Errorf("%s: reported %q, want %s once", r.URL.Path, got, tc.want)
				}
			}
		})
	}
}

// TestNobodyElseCausesAFault: what callers and wallets do must take no deployment
// back. What wallets do at each route is in test/faults too.
func TestNobodyElseCausesAFault(t *testing.T) {
	well := func(*grants) {}
	for name, r := range map[string]*http.Request{
		"no path":         request("GET", "/s3cr3t", ""),
		"no such id":      request("GET", "/grants/x", ""),
		"another method":  request("PUT", "/grants/"+id, ""),
		"no token":        with(request("GET", "/grants/"+id, ""), "Authorization", ""),
		"a wrong token":   with(request("GET", "/grants/"+id, ""), "Authorization", "Bearer wrong"),
		"no JSON":         request("POST", "/grants", "{"),
		"another type":    with(request("POST", "/grants", "{}"), "Content-Type", "text/xml"),
		"no key":          request("POST", "/grants/"+id+"/payments", "{}"),
		"a prefetch":      with(request("GET", "/grants/"+id+"/finish?hash=a", ""), "Sec-Purpose", "prefetch"),
		"a good request":  request("GET", "/grants/"+id, ""),
		"a broken escape": request("GET", "/grants/"+id+"/finish?%zz", ""),
	} {
		if got := faultsOf(t, well, r); got != nil {
			t.Errorf("%s: reported %q", name, got)
		}
	}
	for name, err := range map[string]error{
		"a wallet that refuses the key": &grant.Error{Code: grant.CodeKeyRefused, Err: &opclient.Error{Status: 401, Code: "invalid_client", Err: opclient.ErrRefused}},
		"a wallet that answers 500":     &grant.Error{Code: grant.CodeWalletUnreachable, Err: &opclient.Error{Status: 500, Err: opclient.ErrOutcomeUnknown}},
		"a wallet that answers garbage": &grant.Error{Code: grant.CodeWalletInvalid, Err: &opclient.Error{Status: 200, Err: opclient.ErrInvalidAnswer}},
		"a payment that fails":          &grant.Error{Code: payment.CodePaymentFailed},
	} {
		if got := faultsOf(t, func(g *grants) { g.err = err }, request("GET", "/grants/"+id, "")); got != nil {
			t.Errorf("%s: reported %q", name, got)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	lost := func(g *grants) { g.err = &grant.Error{Code: grant.CodeStore, Err: context.Canceled} }
	if got := faultsOf(t, lost, request("GET", "/grants/"+id, "").WithContext(gone)); got != nil {
		t.Errorf("a caller that left: reported %q", got)
	}
}
