package own_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/http/httptest"

	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// refusing is a wallet's answer that says no, and no more.
var refusing = answering(400, `{"error":{"code":"request_denied","description":"no"}}`)

func answering(status int, body string) sandbox.Fault {
	return sandbox.Fault{Status: status, Body: body, Header: http.Header{"Content-Type": {"application/json"}, "Retry-After": {"7"}}}
}

// whileWalletFails sends a request while a call of the wallet goes wrong, in each way
// that has a code of its own.
func (w *world) whileWalletFails(op sandbox.Op, send func() *httptest.ResponseRecorder) {
	w.Helper()
	for code, fault := range map[string]sandbox.Fault{
		"wallet_refused":        refusing,
		"wallet_answer_invalid": answering(200, `{"a":1}`),
		"wallet_unreachable":    answering(500, `{}`),
	} {
		w.wallet.Fail(op, fault)
		w.expect(send(), 502, code)
	}
	w.wallet.Fail(op, sandbox.Fault{Hang: true, Times: 2})
	w.expect(send(), 504, "wallet_timeout")
	w.wallet.ClearFaults()
}

// withoutKey sends a request to a service that has no signing key that can be used, in
// each way that has a code of its own.
func (w *world) withoutKey(send func(h http.Handler) *httptest.ResponseRecorder) {
	w.Helper()
	for code, err := range map[string]error{
		"signing_key_missing":     signingkey.Missing("Store it.", nil),
		"signing_key_invalid":     signingkey.Invalid(errors.New("it is too short")),
		"signing_key_unavailable": errors.New("it cannot be read"),
	} {
		w.expect(send(w.serve(func(s *settings) { s.source = source{err} })), 503, code)
	}
	w.must(w.wallet.SetKeys(w.shop))
	w.expect(send(w.serve(nil)), 503, "key_refused")
	w.restoreKey()
}

// restoreKey makes the wallet accept the service's signatures again.
func (w *world) restoreKey() {
	w.must(w.wallet.SetKeys(w.shop, sandbox.NewJWK("key-1", w.key.Public().(ed25519.PublicKey))))
}

// A source has no key.
type source struct{ err error }

func (s source) Read(context.Context) (*signingkey.Key, error) { return nil, s.err }
