//go:build tools

package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi"
	"github.com/opgrants/opgrants/test/peers"
)

func TestAnswersAreAsTheOfficialDocumentsSay(t *testing.T) {
	documents, err := openapi.Open(peers.OpenAPI(t))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, sandbox.Config{Work: -1})
	read := func(url string) *answer {
		status, text, header := get(t, url)
		return &answer{status: status, text: text, header: header}
	}
	wrongKey := func(q request) *answer {
		q.signer = w.signer()
		q.signer.Key = anotherKey
		return w.send(q)
	}
	unreadable := func(send func() *answer) *answer {
		w.Fail(sandbox.OpKeys, sandbox.Fault{Drop: true})
		return send()
	}
	g, token, ref := w.issued()
	early := w.mustAsk(nil)
	polled := w.mustAsk(func(b m) { delete(b["interact"].(m), "finish") })
	w.clock.move(time.Minute)
	subject := w.mustAsk(func(b m) {
		b["subject"] = m{"sub_ids": []any{m{"id": w.alice, "format": "uri"}}}
		delete(b, "access_token")
	})
	subjectRef := w.approve(subject).Get("interact_ref")
	soon := w.resume(subject, subjectRef)
	w.clock.move(time.Minute)

	for _, c := range []struct {
		name, operation string
		answer          *answer
		status          int
		differs         bool // a quirk of the reference implementation
	}{
		{"wallet address", "get-wallet-address", read(w.alice), 200, false},
		{"keys", "get-wallet-address-keys", read(w.shop + "/jwks.json"), 200, false},
		{"no keys", "get-wallet-address-keys", read(w.alice + "/jwks.json"), 200, false},
		{"pending grant", "post-request", g, 200, false},
		{"grant without a consent", "post-request", w.ask(accessItems(m{"type": "quote", "actions": []any{"create"}})), 200, false},
		{"both amounts", "post-request", w.ask(accessItems(w.outgoing(m{"debitAmount": m{}, "receiveAmount": m{}}))), 400, false},
		{"unknown client", "post-request", w.ask(func(b m) { b["client"] = w.URL() + "/nobody" }), 400, false},
		{"another key", "post-request", wrongKey(request{method: "POST", url: w.AuthServer(), body: w.grantBody(nil)}), 401, false},
		{"unknown member", "post-request", w.ask(accessItems(m{"type": "quote", "actions": []any{"create"}, "x": 1})), 500, false},
		{"what the document forbids has no code", "post-request", w.ask(func(b m) { delete(b, "client") }), 400, true},
		{"continue", "post-continue", token, 200, false},
		{"continue with a subject", "post-continue", w.resume(subject, subjectRef), 200, false},
		{"poll, pending", "post-continue", w.poll(polled), 200, false},
		{"too fast", "post-continue", soon, 400, false},
		{"used reference", "post-continue", w.resume(g, ref), 401, false},
		{"unknown reference", "post-continue", w.resume(g, "x"), 404, false},
		{"keys cannot be read", "post-continue", unreadable(func() *answer { return w.resume(early, "x") }), 400, false},
		{"rotate", "post-token", w.rotate(token), 200, false},
		{"rotate again", "post-token", w.rotate(token), 401, false},
		{"revoke at the old URI", "delete-token", w.revoke(token), 401, false},
		{"cancel, keys cannot be read", "delete-continue", unreadable(func() *answer { return w.cancel(g) }), 400, true},
		{"cancel", "delete-continue", w.cancel(g), 204, false},
		{"cancel again", "delete-continue", w.cancel(g), 401, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.answer.status != c.status {
				t.Fatalf("%d %s, want %d", c.answer.status, c.answer.text, c.status)
			}
			err := documents.Response(c.operation, c.status, c.answer.header.Get("Content-Type"), []byte(strings.TrimSpace(c.answer.text)))
			if (err != nil) != c.differs {
				t.Errorf("%s: %v", c.answer.text, err)
			}
		})
	}
}
