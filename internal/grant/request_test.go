package grant_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

func scale(n uint8) *uint8 { return &n }

func TestARequestThatMakesNoSenseNamesTheField(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*grant.Request)
		code   string
		field  string
	}{
		"no wallet address":    {func(r *grant.Request) { r.WalletAddress = "" }, grant.CodeInvalid, "walletAddress"},
		"a long reference":     {func(r *grant.Request) { r.Reference = strings.Repeat("é", 201) }, grant.CodeInvalid, "reference"},
		"no actions at all":    {func(r *grant.Request) { r.Actions = []string{} }, grant.CodeInvalid, "actions"},
		"an unknown action":    {func(r *grant.Request) { r.Actions = []string{"read", "delete"} }, grant.CodeInvalid, "actions[1]"},
		"an action twice":      {func(r *grant.Request) { r.Actions = []string{"read", "read"} }, grant.CodeInvalid, "actions[1]"},
		"no return URL":        {func(r *grant.Request) { r.ReturnURL = "" }, grant.CodeReturnURLRequired, "returnUrl"},
		"a foreign return URL": {func(r *grant.Request) { r.ReturnURL = "https://evil.example/thanks" }, grant.CodeReturnURLNotAllowed, "returnUrl"},
		"another path":         {func(r *grant.Request) { r.ReturnURL = shop + "/more" }, grant.CodeReturnURLNotAllowed, "returnUrl"},
		"another scheme":       {func(r *grant.Request) { r.ReturnURL = "http://shop.example/thanks" }, grant.CodeReturnURLNotAllowed, "returnUrl"},
		"a scheme by its port": {func(r *grant.Request) { r.ReturnURL = "http://shop.example:443/thanks" }, grant.CodeReturnURLNotAllowed, "returnUrl"},
		"another port":         {func(r *grant.Request) { r.ReturnURL = "https://shop.example:8443/thanks" }, grant.CodeReturnURLNotAllowed, "returnUrl"},
		"user information":     {func(r *grant.Request) { r.ReturnURL = "https://shop.example@evil.example/thanks" }, grant.CodeInvalid, "returnUrl"},
		"a fragment":           {func(r *grant.Request) { r.ReturnURL = shop + "#a" }, grant.CodeInvalid, "returnUrl"},
		"our own status":       {func(r *grant.Request) { r.ReturnURL = shop + "?status=granted" }, grant.CodeInvalid, "returnUrl"},
		"our own code":         {func(r *grant.Request) { r.ReturnURL = shop + "?a=b&code=" }, grant.CodeInvalid, "returnUrl"},
		"our own error":        {func(r *grant.Request) { r.ReturnURL = shop + "?%65rror=x" }, grant.CodeInvalid, "returnUrl"},
		"both amounts": {func(r *grant.Request) {
			r.Limits.ReceiveAmount = &grant.AmountRequest{Value: "1", AssetCode: "USD", AssetScale: scale(2)}
		}, grant.CodeInvalid, "limits.receiveAmount"},
		"a receive amount without asset": {func(r *grant.Request) {
			r.Limits = &grant.LimitsRequest{ReceiveAmount: &grant.AmountRequest{Value: "1"}}
		}, grant.CodeInvalid, "limits.receiveAmount"},
		"limits without a limit": {func(r *grant.Request) { r.Limits = &grant.LimitsRequest{} }, grant.CodeInvalid, "limits"},
		"an interval without an amount": {func(r *grant.Request) {
			r.Limits = &grant.LimitsRequest{Interval: "R/2026-01-01T00:00:00Z/P1M"}
		}, grant.CodeInvalid, "limits.interval"},
		"another asset": {func(r *grant.Request) { r.Limits.DebitAmount.AssetCode = "EUR" }, grant.CodeInvalid, "limits.debitAmount.assetCode"},
		"another scale": {func(r *grant.Request) { r.Limits.DebitAmount.AssetScale = scale(9) }, grant.CodeInvalid, "limits.debitAmount.assetScale"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			r := grant.Request{WalletAddress: alice, ReturnURL: shop, Limits: &grant.LimitsRequest{DebitAmount: &grant.AmountRequest{Value: "130"}}}
			c.change(&r)
			_, err := l.Request(t.Context(), owner, r)
			e := wantCode(t, err, c.code)
			if e.Field != c.field {
				t.Errorf("field %q, want %q", e.Field, c.field)
			}
			if len(l.wallet.requests) != 0 || len(l.store.items) != 0 {
				t.Error("it was sent or stored")
			}
		})
	}
}

func TestReturnURLsMatchBySchemeHostPortAndPath(t *testing.T) {
	l := newLife(t)
	l.ReturnURLs = []string{"https://shop.example/thanks", "https://bare.example", "http://localhost:3000/"}
	for _, ok := range []string{
		"https://shop.example/thanks?order=7&x", "https://SHOP.example:443/thanks", "https://bare.example/?a=b", "http://localhost:3000",
	} {
		if _, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: ok, Unlimited: true}); err != nil {
			t.Errorf("%s: %v", ok, err)
		}
	}
}

func TestAnEmptyListOfReturnURLsIsTheOperatorsFault(t *testing.T) {
	l := newLife(t)
	l.ReturnURLs = nil
	_, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
	wantCode(t, err, grant.CodeReturnURLsMissing)
}

func TestTheReturnKeepsTheAppsOwnQuery(t *testing.T) {
	for asked, want := range map[string]string{
		shop + "?order=7&b=%20c&d": shop + "?order=7&b=%20c&d&status=rejected",
		shop + "?":                 shop + "?status=rejected",
	} {
		l := newLife(t)
		r, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: asked, Unlimited: true})
		if err != nil {
			t.Fatal(err)
		}
		out, err := l.Finish(t.Context(), r.ID, "result=grant_rejected")
		if err != nil || out.Redirect != want {
			t.Errorf("%s returns to %+v, %v", asked, out, err)
		}
	}
}

func TestTheWalletIsAskedForWhatTheAppAskedFor(t *testing.T) {
	l := newLife(t)
	r, err := l.Request(t.Context(), owner, grant.Request{
		WalletAddress: alice, ReturnURL: shop, Reference: "order-7", Quote: true,
		Limits: &grant.LimitsRequest{DebitAmount: &grant.AmountRequest{Value: "130"}, Receiver: "https://w.example/incoming-payments/1", Interval: "R/2025-04-22T08:00:00Z/P1D"},
	})
	if err != nil {
		t.Fatal(err)
	}
	sent := l.wallet.requests[0]
	got, _ := json.Marshal(sent.Access)
	want := `[{"type":"outgoing-payment","actions":["create","read","list"],"identifier":"https://wallet.example/alice","limits":{"receiver":"https://w.example/incoming-payments/1","debitAmount":{"value":"130","assetCode":"USD","assetScale":2},"interval":"R/2025-04-22T08:00:00Z/P1D"}},{"type":"quote","actions":["create","read"]}]`
	if string(got) != want {
		t.Errorf("asked for %s", got)
	}
	if want := "https://grants.example/grants/" + r.ID + "/finish"; sent.Finish.URI != want {
		t.Errorf("finish %s, want %s", sent.Finish.URI, want)
	}
	if r.Status != grant.Pending || r.ConsentURL != authServer+"interact/1" || r.Reference != "order-7" || r.Claimed ||
		!r.ConsentExpiresAt.Equal(r.CreatedAt.Add(10*time.Minute)) {
		t.Errorf("resource %+v", r)
	}
}

func TestTheWalletTellsHowLongToConsent(t *testing.T) {
	l := newLife(t)
	l.wallet.expiresIn = 90 * time.Second
	r := l.asked(t)
	if !r.ConsentExpiresAt.Equal(r.CreatedAt.Add(90 * time.Second)) {
		t.Errorf("until %s", r.ConsentExpiresAt)
	}
}

func TestAnIDThatIsTakenIsNotOverwritten(t *testing.T) {
	l := newLife(t)
	taken := l.asked(t)
	id, _ := base64.RawURLEncoding.DecodeString(taken.ID)
	l.Random = io.MultiReader(bytes.NewReader(id), rand.Reader)
	before := l.store.stored(t, taken.ID)
	_, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
	wantCode(t, err, grant.CodeStore)
	if after := l.store.stored(t, taken.ID); after.ClientNonce != before.ClientNonce || l.wallet.cancels != 1 {
		t.Errorf("%d cancels, or overwritten", l.wallet.cancels)
	}
}

// Rule 6: nonces and ids are random, and the nonce never leaves our back channel.

func TestNoncesAndIDsAreRandomAndSecretsStayInside(t *testing.T) {
	l := newLife(t)
	seen := map[string]bool{}
	for range 20 {
		r := l.asked(t)
		it := l.store.stored(t, r.ID)
		for text, bytes := range map[string]int{r.ID: 16, it.ClientNonce: 32} {
			if b, err := base64.RawURLEncoding.DecodeString(text); err != nil || len(b) != bytes || seen[text] {
				t.Errorf("%q is not %d fresh bytes", text, bytes)
			}
			seen[text] = true
		}
		l.finish(t, r.ID)
		it = l.store.stored(t, r.ID)
		shown, _ := json.Marshal(l.status(t, r.ID))
		printed := string(shown) + fmt.Sprintf("%v %+v %#v %s", it, *it, it, *it)
		for _, secret := range []string{it.ClientNonce, it.ServerNonce, it.ContinueToken, it.Token, it.Code(), "ref-1", it.ManageURI} {
			if strings.Contains(printed, secret) {
				t.Errorf("%q in %s", secret, printed)
			}
		}
	}
}

func TestARefusalOfTheWalletSaysWhoseFaultItIs(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code string
	}{
		"refused":     {&opclient.Error{Status: 400, Code: "invalid_request", Err: opclient.ErrRefused}, grant.CodeWalletRefused},
		"unreachable": {&opclient.Error{Err: opclient.ErrNotSent}, grant.CodeWalletUnreachable},
		"slow":        {&opclient.Error{Err: fmt.Errorf("%w %w", opclient.ErrTimeout, opclient.ErrOutcomeUnknown)}, grant.CodeWalletTimeout},
		"nonsense":    {&opclient.Error{Status: 200, Err: fmt.Errorf("%w %w", opclient.ErrInvalidAnswer, opclient.ErrOutcomeUnknown)}, grant.CodeWalletInvalid},
		"broken":      {&opclient.Error{Status: 500, Err: opclient.ErrOutcomeUnknown}, grant.CodeWalletUnreachable},
		"key refused": {&grant.Error{Code: grant.CodeKeyRefused}, grant.CodeKeyRefused},
		"our request": {&opclient.InvalidError{Field: "limits.interval", Reason: "no"}, grant.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			l.Server = refusing{l.wallet, c.err}
			_, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
			if e := wantCode(t, err, c.code); c.code == grant.CodeInvalid && (e.Detail != "No." || e.Field != "limits.interval") {
				t.Errorf("%s: %s", e.Field, e.Detail)
			}
			if len(l.store.items) != 0 {
				t.Error("something was stored")
			}
		})
	}
}
