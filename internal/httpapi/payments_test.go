package httpapi_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

const payments7 = "/grants/" + id + "/payments"

func TestAPaymentIsMade(t *testing.T) {
	g := someGrants()
	got := do(api(g).Handler(), request("POST", payments7, `{"to":"$w.example/shop","debitAmount":{"value":"130"},"description":"Coffee","metadata":{"n":7},"code":"c0d3"}`))
	if body := text(t, got); got.StatusCode != 201 || !strings.HasPrefix(body, `{"id":"`+paymentID) {
		t.Errorf("%d %s", got.StatusCode, body)
	}
	if at := got.Header.Get("Location"); at != payments7+"/"+paymentID {
		t.Errorf("Location %q", at)
	}
	for _, header := range []string{"Idempotent-Replayed", "Preference-Applied"} {
		if got.Header.Values(header) != nil {
			t.Errorf("%s: %q", header, got.Header.Values(header))
		}
	}
	if len(g.calls) != 1 || g.calls[0].Key != "order-7" || g.calls[0].Wait != 5*time.Second || g.calls[0].Owner != "shop" || g.calls[0].ID != id {
		t.Fatalf("asked %+v", g.calls)
	}
	r := g.calls[0].Pay
	if r.To != "$w.example/shop" || r.DebitAmount.Value != "130" || r.Description != "Coffee" || len(r.Metadata) != 1 || r.Code != "c0d3" {
		t.Errorf("asked for %+v", r)
	}
}

func TestTheBodyOfAPaymentMayBeMissing(t *testing.T) {
	g := someGrants()
	if got := do(api(g).Handler(), request("POST", payments7, "")); got.StatusCode != 201 || !reflect.DeepEqual(g.calls[0].Pay, payment.Request{}) {
		t.Errorf("%d, asked %+v", got.StatusCode, g.calls)
	}
}

func TestAPaymentNeedsAnIdempotencyKey(t *testing.T) {
	g := someGrants()
	p := readProblem(t, do(api(g).Handler(), with(request("POST", payments7, "{}"), "Idempotency-Key", "")))
	if p.Status != 400 || p.Code != "idempotency_key_required" || p.Field != "Idempotency-Key" || len(g.calls) != 0 {
		t.Errorf("%+v, asked %v", p, g.calls)
	}
}

func TestTheWaitOfAPaymentIsPreferred(t *testing.T) {
	for prefer, tc := range map[string]struct {
		wait    time.Duration
		applied string
	}{
		"":                          {5 * time.Second, ""},
		"wait=10":                   {10 * time.Second, "wait=10"},
		"wait=0":                    {0, "wait=0"},
		"wait=15":                   {15 * time.Second, "wait=15"},
		"wait=60":                   {15 * time.Second, "wait=15"},
		"WAIT = 3":                  {3 * time.Second, "wait=3"},
		`wait="3"`:                  {3 * time.Second, "wait=3"},
		"wait=3; a=b":               {3 * time.Second, "wait=3"},
		"return=minimal, wait=2":    {2 * time.Second, "wait=2"},
		"wait=2, wait=9":            {2 * time.Second, "wait=2"},
		"wait":                      {5 * time.Second, ""},
		"wait=":                     {5 * time.Second, ""},
		"wait=-1":                   {5 * time.Second, ""},
		"wait=1.5":                  {5 * time.Second, ""},
		"wait=99999999999999999999": {5 * time.Second, ""},
		"waiting=9":                 {5 * time.Second, ""},
		"respond-async":             {5 * time.Second, ""},
	} {
		g := someGrants()
		got := do(api(g).Handler(), with(request("POST", payments7, "{}"), "Prefer", prefer))
		if g.calls[0].Wait != tc.wait || got.Header.Get("Preference-Applied") != tc.applied {
			t.Errorf("Prefer: %s: waits %s, applied %q", prefer, g.calls[0].Wait, got.Header.Get("Preference-Applied"))
		}
	}
}

func TestAReplayedPaymentIsMarked(t *testing.T) {
	for name, err := range map[string]error{"made": nil, "failed": &grant.Error{Code: payment.CodePaymentFailed, Detail: "Not enough."}} {
		for _, replayed := range []bool{true, false} {
			g := someGrants()
			g.replayed, g.err = replayed, err
			got := do(api(g).Handler(), request("POST", payments7, "{}"))
			want := 201
			if err != nil {
				want = 402
			}
			if got.StatusCode != want || (got.Header.Get("Idempotent-Replayed") == "true") != replayed {
				t.Errorf("%s, replayed %v: %d, %q", name, replayed, got.StatusCode, got.Header.Get("Idempotent-Replayed"))
			}
		}
	}
}

func TestAFailedPaymentIsInTheProblem(t *testing.T) {
	g := someGrants()
	g.payment.Status, g.payment.Failure = payment.Failed, &grant.Failure{Code: payment.FailurePriceChanged, Detail: "It costs more now."}
	g.err = &grant.Error{Code: payment.CodePaymentFailed, Detail: "It costs more now."}
	got := do(api(g).Handler(), with(request("POST", payments7, "{}"), "Prefer", "wait=1"))
	p := readProblem(t, got)
	if p.Status != 402 || p.Code != "payment_failed" || p.Payment == nil || p.Payment.ID != paymentID || p.Payment.Status != payment.Failed ||
		p.Payment.Failure == nil || p.Payment.Failure.Code != "price_changed" {
		t.Errorf("%+v", p)
	}
	if got.Header.Get("Location") != payments7+"/"+paymentID || got.Header.Get("Preference-Applied") != "wait=1" {
		t.Errorf("%v", got.Header)
	}
}

// Only a failed payment is shown in a problem: with another error, what was
// returned beside it may be anything.
func TestAnotherErrorShowsNoPayment(t *testing.T) {
	for code, status := range map[string]int{
		payment.CodeInProgress: 409, payment.CodePayeeNotAllowed: 422, payment.CodeNotPayable: 422, grant.CodeWrongCode: 403,
		grant.CodeKeyReused: 422, grant.CodeWalletTimeout: 504, grant.CodeRevoked: 410,
	} {
		g := someGrants()
		g.err = &grant.Error{Code: code, RetryAfter: 3e9}
		got := do(api(g).Handler(), request("POST", payments7, "{}"))
		if p := readProblem(t, got); p.Status != status || p.Code != code || p.Payment != nil || got.Header.Get("Retry-After") != "3" {
			t.Errorf("%+v", p)
		}
	}
}

func TestPaymentsCanBeSwitchedOff(t *testing.T) {
	for name, tc := range map[string]struct {
		method, path, body string
		off                bool
	}{
		"a payment":               {"POST", payments7, "{}", true},
		"a checkout":              {"POST", "/grants", `{"payment":{"to":"$w.example"}}`, true},
		"a grant without payment": {"POST", "/grants", `{"unlimited":true}`, false},
		"reading a payment":       {"GET", payments7 + "/" + paymentID, "", false},
		"reading all":             {"GET", payments7, "", false},
		"what is spent":           {"GET", "/grants/" + id + "/spent", "", false},
		"the end of a grant":      {"DELETE", "/grants/" + id, "", false},
	} {
		g := someGrants()
		a := api(g)
		a.PaymentsOff = true
		got := do(a.Handler(), request(tc.method, tc.path, tc.body))
		if !tc.off {
			if got.StatusCode >= 300 || len(g.calls) != 1 {
				t.Errorf("%s: %d", name, got.StatusCode)
			}
			continue
		}
		if p := readProblem(t, got); p.Status != 503 || p.Code != "payments_off" || !strings.Contains(p.Detail, "PAYMENTS=off") || len(g.calls) != 0 {
			t.Errorf("%s: %+v, asked %v", name, p, g.calls)
		}
	}
}

func TestWhatCannotBeAPaymentsIDIsNotLookedFor(t *testing.T) {
	for _, at := range []string{"x", paymentID + "A", paymentID[:21], "%2F", id[:21] + "B"} {
		g := someGrants()
		p := readProblem(t, do(api(g).Handler(), request("GET", payments7+"/"+at, "")))
		if p.Status != 404 || p.Code != grant.CodeNotFound || len(g.calls) != 0 {
			t.Errorf("%s: %+v, asked %v", at, p, g.calls)
		}
	}
}

func TestAListChecksItsQuery(t *testing.T) {
	for target, field := range map[string]string{
		"/grants":                         "reference",
		"/grants?reference=":              "reference",
		"/grants?cursor=c":                "reference",
		"/grants?reference=a&reference=b": "reference",
		"/grants?reference=" + strings.Repeat("a", 1001): "reference",
		"/grants?reference=a&page=2":                     "page",
		"/grants?reference=%zz":                          "",
		payments7 + "?reference=a":                       "reference",
		payments7 + "?cursor=a&cursor=b":                 "cursor",
		payments7 + "?cursor=%zz":                        "",
	} {
		g := someGrants()
		p := readProblem(t, do(api(g).Handler(), request("GET", target, "")))
		if p.Status != 400 || p.Code != "malformed_request" || p.Field != field || len(g.calls) != 0 {
			t.Errorf("%s: %+v, asked %v", target, p, g.calls)
		}
	}
}
