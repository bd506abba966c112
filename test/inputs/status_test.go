package inputs_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

const webPage = "<!doctype html><html><head><title>Sorry</title></head><body><h1>Sorry</h1></body></html>"

var asPage = http.Header{"Content-Type": {"text/html; charset=utf-8"}}

func TestEachStatusOfAWebPageIsToldAsItIs(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for status := 200; status < 600; status++ {
		if status == http.StatusNoContent || status == http.StatusNotModified { // these have no body
			continue
		}
		for _, op := range []sandbox.Op{sandbox.OpWallet, sandbox.OpGrant} {
			p.instead(op, status, asPage, webPage, func() {
				a := p.ask(t)
				want, code := http.StatusBadGateway, "wallet_answer_invalid"
				switch {
				case op == sandbox.OpWallet && (status == 404 || status == 410):
					want, code = http.StatusUnprocessableEntity, "wallet_not_found"
				case status == http.StatusTooManyRequests, status >= 500:
					code = "wallet_unreachable"
				case status >= 400:
					code = "wallet_refused"
				}
				if a.status != want || a.member("code") != code || !strings.Contains(string(a.body), fmt.Sprintf(`"upstream":{"status":%d`, status)) {
					t.Errorf("%s with %d: %d %s", op, status, a.status, a.body)
				}
				if (status < 300 || status/100 == 4 && want != 422) && !strings.Contains(string(a.body), "web page") {
					t.Errorf("%s with %d is not called a web page: %s", op, status, a.body)
				}
			})
		}
	}
}

// someStatuses has each kind of status that servers, proxies and CDNs send.
var someStatuses = []int{200, 201, 202, 206, 207, 299, 300, 301, 302, 303, 307, 308, 399, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411,
	412, 413, 414, 415, 418, 421, 422, 423, 425, 426, 428, 429, 431, 444, 451, 460, 499, 500, 501, 502, 503, 504, 505, 507, 511, 520, 521, 522, 523,
	524, 525, 526, 527, 530, 561, 598, 599}

// fromInFront are the statuses after which the reference cannot have been used.
var fromInFront = []int{404, 405, 413, 414, 415, 421, 429, 431}

func TestAFinishThatWasNotUsedCanBeReloadedWhateverTheStatus(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, status := range someStatuses {
		before := p.live()
		id, finish := p.pending(t)
		var first answer
		p.instead(sandbox.OpContinue, status, asPage, webPage, func() { first = send(t, "", "GET", finish, "") })
		again := returned(send(t, "", "GET", finish, ""))
		g := p.get(t, id)
		if slices.Contains(fromInFront, status) {
			if first.status != http.StatusBadGateway || first.header.Get("Retry-After") == "" || again.Get("status") != "granted" {
				t.Errorf("%d: %d, then %v", status, first.status, again)
			}
			continue
		}
		want := "outcome_unknown"
		if status/100 == 4 {
			want = "continue_refused"
		}
		if returned(first).Get("error") != want || again.Get("error") != want || !strings.Contains(g.member("failure", "detail"), said(status)) {
			t.Errorf("%d: %v, then %v: %s", status, returned(first), again, g.body)
		}
		if p.live() != before {
			t.Errorf("%d: %d tokens are left alive", status, p.live()-before)
		}
	}
}

// said is what the app must hear of a web page with that status.
func said(status int) string {
	switch {
	case status < 300:
		return "web page"
	case status < 400:
		return "redirects to"
	}
	return strconv.Itoa(status)
}

func TestNoStatusOfARotationLosesTheConsent(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, status := range someStatuses {
		id, token := p.claimed(t)
		var first answer
		p.instead(sandbox.OpRotate, status, asPage, webPage, func() { first = p.token(t, id, `{"refused":"`+token+`"}`) })
		again := p.token(t, id, "")
		if first.status != http.StatusServiceUnavailable || first.header.Get("Retry-After") == "" || again.status != http.StatusOK || !p.wallet.Active(again.member("accessToken")) {
			t.Errorf("%d: %d %s, then %d %s", status, first.status, first.body, again.status, again.body)
		}
	}
}

func TestNoStatusButTheWalletsOwnConfirmsARevocation(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, status := range someStatuses {
		before := p.live()
		id, _ := p.claimed(t)
		var first answer
		p.instead(sandbox.OpCancel, status, asPage, webPage, func() { first = send(t, "shop", "DELETE", p.url+"/grants/"+id, "") })
		if first.status < 400 || first.status == http.StatusInternalServerError || p.live() != before+1 {
			t.Errorf("%d: %d %s", status, first.status, first.body)
		}
		if a := p.token(t, id, ""); a.status == http.StatusOK {
			t.Errorf("%d: a token leaves: %s", status, a.body)
		}
		if a := send(t, "shop", "DELETE", p.url+"/grants/"+id, ""); a.status != http.StatusNoContent || p.live() != before {
			t.Errorf("%d: then %d %s, %d tokens alive", status, a.status, a.body, p.live()-before)
		}
	}
}

func TestARedirectIsNamedAndFollowedOnlyToAWalletAddress(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{"https://elsewhere.example/x?secret=1", "/login?secret=1", "//elsewhere.example/x", "javascript:alert(1)"} {
			header := http.Header{"Location": {to}}
			calls := map[sandbox.Op]func() string{
				sandbox.OpGrant: func() string { return p.ask(t).member("detail") },
				sandbox.OpContinue: func() string {
					id, finish := p.pending(t)
					var said string
					p.instead(sandbox.OpContinue, status, header, "", func() {
						send(t, "", "GET", finish, "")
						said = p.get(t, id).member("failure", "detail")
					})
					return said
				},
				sandbox.OpRotate: func() string {
					id, token := p.claimed(t)
					var said string
					p.instead(sandbox.OpRotate, status, header, "", func() { said = p.token(t, id, `{"refused":"`+token+`"}`).member("detail") })
					return said
				},
				sandbox.OpCancel: func() string {
					id, _ := p.claimed(t)
					var said string
					p.instead(sandbox.OpCancel, status, header, "", func() { said = send(t, "shop", "DELETE", p.url+"/grants/"+id, "").member("detail") })
					return said
				},
			}
			for op, call := range calls {
				var said string
				if op == sandbox.OpGrant {
					p.instead(op, status, header, "", func() { said = call() })
				} else {
					said = call()
				}
				if !strings.Contains(said, "redirects to ") || strings.Contains(said, "secret=") {
					t.Errorf("%s with %d to %s: %q", op, status, to, said)
				}
			}
		}
	}
}
