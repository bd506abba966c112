package own_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// What each operation can answer, besides what each can.

func (w *world) requesting() {
	send := func(body string, headers ...string) *httptest.ResponseRecorder {
		return do(w.http, request("POST", "/grants", body, headers...))
	}
	with := func(old, replacement string) string { return strings.Replace(limited, old, replacement, 1) }
	w.show("limitedRequested", send(limited, "Idempotency-Key", "one"), 201, "")
	w.expect(send(limited, "Idempotency-Key", "one"), 201, "")
	w.expect(send(with("5000", "5001"), "Idempotency-Key", "one"), 422, "idempotency_key_reused")
	w.show("checkoutRequested", send(checkout), 201, "")

	var second *httptest.ResponseRecorder
	w.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Before: func() { second = send(limited, "Idempotency-Key", "two"); w.show("inFlight", second, 409, "in_flight") }})
	w.expect(send(limited, "Idempotency-Key", "two"), 201, "")

	w.show("invalidGrantRequest", send(with(`"quote":true`, `"unlimited":true`)), 422, "invalid_request")
	w.expect(send(`{"walletAddress":"`+w.alice+`","unlimited":true}`), 422, "return_url_required")
	w.expect(send(with("shop.example", "evil.example")), 422, "return_url_not_allowed")
	w.expect(send(with("example/alice", "example/nobody")), 422, "wallet_not_found")
	only := w.serve(func(s *settings) { s.payments.Payees = []string{w.stall} })
	w.expect(do(only, request("POST", "/grants", strings.Replace(checkout, `"payment":{`, `"payment":{"to":"`+w.alice+`",`, 1))), 422, "payee_not_allowed")
	for code, description := range map[string]string{"receiver_not_payable": "invalid receiver", "amount_too_small": "non-positive receive amount"} {
		w.wallet.Fail(sandbox.OpCreateQuote, answering(400, `{"error":{"code":"400","description":"`+description+`"}}`))
		w.expect(send(checkout), 422, code)
	}
	w.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Edit: map[string]string{"interact": "", "access_token": `{"value":"x","manage":"` + w.wallet.AuthServer() + `/token/1","access":[]}`}})
	w.expect(send(limited), 502, "not_interactive")
	w.whileWalletFails(sandbox.OpGrant, func() *httptest.ResponseRecorder { return send(limited) })
	w.wallet.Fail(sandbox.OpGrant, answering(500, `{}`))
	w.show("walletUnreachable", send(limited), 502, "wallet_unreachable")
	w.withoutKey(func(h http.Handler) *httptest.ResponseRecorder { return do(h, request("POST", "/grants", limited)) })
	w.must(w.wallet.SetKeys(w.shop))
	w.show("keyRefused", do(w.serve(nil), request("POST", "/grants", limited)), 503, "key_refused")
	w.restoreKey()
	w.expect(do(w.serve(func(s *settings) { s.grants.ReturnURLs = nil }), request("POST", "/grants", limited)), 503, "return_urls_missing")
	w.expect(do(w.serve(func(s *settings) { s.api.PaymentsOff = true }), request("POST", "/grants", checkout)), 503, "payments_off")
}

func (w *world) finishing() {
	open := func(h http.Handler, link string) *httptest.ResponseRecorder {
		return do(h, httptest.NewRequest("GET", link, nil))
	}
	approve := func(g asked) string {
		link, err := w.wallet.Approve(g.ConsentURL)
		w.must(err)
		return link
	}
	link := approve(w.ask(limited))
	w.expect(open(w.http, link), 303, "")
	w.expect(do(w.http, httptest.NewRequest("HEAD", link, nil)), 200, "")
	w.expect(open(w.http, strings.Replace(link, "hash=", "hash=x", 1)), 400, "link_not_valid")
	prefetch := httptest.NewRequest("GET", link, nil)
	prefetch.Header.Set("Sec-Purpose", "prefetch")
	w.expect(do(w.http, prefetch), 503, "")

	w.wallet.Fail(sandbox.OpContinue, answering(400, `{"error":{"code":"too_fast"}}`))
	w.expect(open(w.http, approve(w.ask(limited))), 200, "") // one moment
	w.wallet.Fail(sandbox.OpContinue, answering(404, `nothing here`))
	w.expect(open(w.http, approve(w.ask(limited))), 502, "wallet_unreachable")
	link = approve(w.ask(limited))
	w.withoutKey(func(h http.Handler) *httptest.ResponseRecorder { return open(h, link) })

	w.disconnect(func(*http.Request) error { return netguard.ErrForbidden })
	w.expect(open(w.http, link), 502, "wallet_answer_invalid")
	w.disconnect(func(r *http.Request) error { <-r.Context().Done(); return r.Context().Err() })
	w.expect(open(w.http, link), 504, "wallet_timeout")
	w.disconnect(nil)
}

func (w *world) listing() {
	w.ask(strings.Replace(limited, "order-7", "listed", 1))
	w.show("grantsListed", do(w.http, request("GET", "/grants?reference=listed", "")), 200, "")
	w.expect(do(w.http, request("GET", "/grants?reference=x&limit=1", "")), 400, "malformed_request")
	w.show("invalidCursor", do(w.http, request("GET", "/grants?reference=x&cursor=x", "")), 422, "invalid_request")
}

func (w *world) claiming() {
	g := w.consented(limited)
	claim := func(body string) *httptest.ResponseRecorder {
		return do(w.http, request("POST", "/grants/"+g.ID+"/claim", body))
	}
	w.expect(claim(""), 403, "code_required")
	w.show("wrongCode", claim(`{"code":"x"}`), 403, "wrong_code")
	w.show("grantClaimed", claim(`{"code":"`+g.Code+`"}`), 200, "")
	w.show("grantGranted", do(w.http, request("GET", "/grants/"+g.ID, "")), 200, "")
	w.show("grantFailed", do(w.http, request("GET", "/grants/"+w.in("failed").ID, "")), 200, "")
}

func (w *world) paying() {
	keys := 0
	pay := func(id, body string, headers ...string) *httptest.ResponseRecorder {
		keys++
		headers = append([]string{"Idempotency-Key", "key-" + string(rune('a'+keys))}, headers...)
		return do(w.http, request("POST", "/grants/"+id+"/payments", body, headers...))
	}
	c := w.consented(checkout)
	w.expect(pay(c.ID, ""), 403, "code_required")
	w.expect(pay(c.ID, `{"code":"x"}`), 403, "wrong_code")
	made := pay(c.ID, `{"code":"`+c.Code+`"}`, "Prefer", "wait=10", "Idempotency-Key", "order-7")
	w.show("paymentCompleted", made, 201, "")
	w.expect(pay(c.ID, `{"code":"`+c.Code+`"}`, "Idempotency-Key", "order-7"), 201, "")
	w.expect(pay(c.ID, payShop, "Idempotency-Key", "order-7"), 422, "idempotency_key_reused")
	w.show("paymentsListed", do(w.http, request("GET", "/grants/"+c.ID+"/payments", "")), 200, "")
	w.expect(do(w.http, request("GET", "/grants/"+c.ID+"/payments?limit=1", "")), 400, "malformed_request")
	w.expect(do(w.http, request("GET", "/grants/"+c.ID+"/payments?cursor=x", "")), 422, "invalid_request")
	w.show("paymentRead", do(w.http, request("GET", made.Header().Get("Location"), "")), 200, "")

	g := w.claimed(limited)
	noKey := request("POST", "/grants/"+g.ID+"/payments", payShop)
	w.show("keyRequired", do(w.http, noKey), 400, "idempotency_key_required")
	w.expect(pay(g.ID, `{}`), 422, "invalid_request")
	w.expect(pay(g.ID, strings.Replace(payShop, "shop", "nobody", 1)), 422, "wallet_not_found")
	w.show("payeeNotAllowed", pay(g.ID, strings.Replace(payShop, "shop", "stall", 1)), 422, "payee_not_allowed")
	w.expect(pay(w.claimed(strings.Replace(limited, `"quote":true`, `"actions":["create"]`, 1)).ID, payShop), 422, "grant_not_payable")

	tooMuch := strings.Replace(payShop, "400", "5001", 1)
	w.show("paymentFailed", pay(g.ID, tooMuch, "Prefer", "wait=10", "Idempotency-Key", "too-much"), 402, "payment_failed")
	w.expect(pay(g.ID, tooMuch, "Idempotency-Key", "too-much"), 402, "payment_failed")

	w.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Drop: true})
	unknown := w.claimed(limited)
	w.show("paymentProcessing", pay(unknown.ID, payShop), 201, "")
	w.show("paymentInProgress", pay(unknown.ID, payShop), 409, "payment_in_progress")

	w.wallet.Fail(sandbox.OpCreateOutgoingPayment, answering(429, `{}`))
	w.show("walletTryLater", pay(g.ID, payShop), 503, "wallet_try_later")
	w.disconnect(func(r *http.Request) error {
		if r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/outgoing-payments") {
			return errors.New("connection refused")
		}
		return nil
	})
	w.expect(pay(g.ID, payShop), 504, "wallet_timeout")
	w.disconnect(nil)
	w.expect(do(w.serve(func(s *settings) { s.api.PaymentsOff = true }), request("POST", "/grants/"+g.ID+"/payments", payShop, "Idempotency-Key", "k")), 503, "payments_off")
	w.whileWalletFails(sandbox.OpCreateQuote, func() *httptest.ResponseRecorder { return pay(g.ID, payShop) })
	w.whileWalletFails(sandbox.OpCreateIncomingPayment, func() *httptest.ResponseRecorder { return pay(g.ID, payShop) })
	w.withoutKey(func(h http.Handler) *httptest.ResponseRecorder {
		keys++
		return do(h, request("POST", "/grants/"+g.ID+"/payments", payShop, "Idempotency-Key", "key-"+string(rune('a'+keys))))
	})
	time.Sleep(time.Hour)
	w.wallet.Fail(sandbox.OpRotate, answering(500, `{}`))
	w.expect(pay(g.ID, payShop), 503, "not_rotated")
}

func (w *world) spending() {
	g := w.consented(limited)
	spent := func() *httptest.ResponseRecorder { return do(w.http, request("GET", "/grants/"+g.ID+"/spent", "")) }
	w.expect(spent(), 403, "code_required")
	do(w.http, request("POST", "/grants/"+g.ID+"/claim", `{"code":"`+g.Code+`"}`))
	do(w.http, request("POST", "/grants/"+g.ID+"/payments", payShop, "Idempotency-Key", "spending"))
	w.show("spent", spent(), 200, "")
	w.whileWalletFails(sandbox.OpReadSpentAmounts, spent)
	w.expect(do(w.http, request("GET", "/grants/"+w.claimed(subject).ID+"/spent", "")), 422, "invalid_request")
	time.Sleep(time.Hour)
	w.wallet.Fail(sandbox.OpRotate, answering(500, `{}`))
	w.expect(spent(), 503, "not_rotated")
	w.withoutKey(func(h http.Handler) *httptest.ResponseRecorder {
		return do(h, request("GET", "/grants/"+g.ID+"/spent", ""))
	})
}

func (w *world) gettingTokens() {
	g := w.consented(limited)
	get := func(body string) *httptest.ResponseRecorder {
		return do(w.http, request("POST", "/grants/"+g.ID+"/token", body))
	}
	w.expect(get(""), 403, "code_required")
	w.expect(get(`{"code":"x"}`), 403, "wrong_code")
	w.show("accessToken", get(`{"code":"`+g.Code+`"}`), 200, "")
	s := w.claimed(subject)
	w.show("provedSubject", do(w.http, request("POST", "/grants/"+s.ID+"/token", "")), 200, "")
	time.Sleep(time.Hour)
	w.wallet.Fail(sandbox.OpRotate, answering(500, `{}`))
	w.show("notRotated", get(""), 503, "not_rotated")
	w.withoutKey(func(h http.Handler) *httptest.ResponseRecorder {
		return do(h, request("POST", "/grants/"+g.ID+"/token", ""))
	})
}

func (w *world) revoking() {
	var id string
	revoke := func(h http.Handler) *httptest.ResponseRecorder { return do(h, request("DELETE", "/grants/"+id, "")) }
	fresh := func() *httptest.ResponseRecorder {
		id = w.claimed(limited).ID
		return revoke(w.http)
	}
	w.expect(fresh(), 204, "")
	w.show("revoked", do(w.http, request("POST", "/grants/"+id+"/token", "")), 410, "revoked")
	w.expect(do(w.http, request("DELETE", "/grants/"+id+"?forget=yes", "")), 400, "malformed_request")
	w.whileWalletFails(sandbox.OpCancel, fresh)
	w.wallet.Fail(sandbox.OpCancel, refusing)
	w.show("walletRefused", fresh(), 502, "wallet_refused")
	w.wallet.Fail(sandbox.OpCancel, sandbox.Fault{Hang: true})
	w.show("walletTimeout", fresh(), 504, "wallet_timeout")
	w.withoutKey(func(h http.Handler) *httptest.ResponseRecorder { return revoke(h) })
	id = w.claimed(limited).ID
	w.must(w.wallet.SetKeys(w.shop))
	w.show("keyRefusedAtRevocation", revoke(w.serve(nil)), 503, "key_refused")
	w.show("grantForgotten", do(w.http, request("DELETE", "/grants/"+id+"?forget=true", "")), 200, "")
	w.restoreKey()
}

func (w *world) elsewhere() {
	w.show("noSuchPath", do(w.http, request("GET", "/grant", "")), 404, "not_found")
	w.expect(do(w.http, request("GET", "/grant", "", "Accept", "text/html")), 404, "not_found")
	w.show("methodNotAllowed", do(w.http, request("PUT", "/grants", "")), 405, "method_not_allowed")
}
