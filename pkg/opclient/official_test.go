//go:build tools

package opclient

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/opgrants/opgrants/test/openapi"
	"github.com/opgrants/opgrants/test/peers"
)

// everyRequest is a request of each kind, with what is hard to encode.
func everyRequest() []GrantRequest {
	all := outgoing()
	all.Access = append(all.Access,
		Access{Type: TypeQuote, Actions: actionsOf[TypeQuote]},
		Access{Type: TypeIncomingPayment, Actions: actionsOf[TypeIncomingPayment], Identifier: "https://wallet.example/bob"})
	receive := GrantRequest{Access: []Access{{Type: TypeOutgoingPayment, Actions: actionsOf[TypeOutgoingPayment], Identifier: "https://wallet.example/a%20b", Limits: &Limits{
		Receiver: "https://wallet.example/incoming-payments/1", ReceiveAmount: &Amount{"9223372036854775807", "JPY", 255}}}}}
	bare := GrantRequest{Access: []Access{{Type: TypeOutgoingPayment, Actions: []string{"read"}, Identifier: "https://wallet.example/a", Limits: &Limits{}}}, Interact: true}
	subject := GrantRequest{Subject: "https://wallet.example/alice", Finish: &Finish{"https://shop.example/?a=1&b='%3C", "n"}}
	traps := outgoing()
	traps.Access[0].Limits.DebitAmount.AssetCode = trap
	return []GrantRequest{outgoing(), all, receive, bare, subject, traps, {Subject: "https://wallet.example/alice"}}
}

func TestEveryRequestIsAsTheOfficialDocumentSays(t *testing.T) {
	documents, err := openapi.Open(peers.OpenAPI(t))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, answer(200, pendingAnswer))
	c := newClient(t)
	for i, r := range everyRequest() {
		if _, err := c.RequestGrant(context.Background(), s.URL, r); err != nil {
			t.Fatal(err)
		}
		if err := documents.Request("post-request", s.requests()[i].body); err != nil {
			t.Errorf("%s: %v", s.requests()[i].body, err)
		}
	}
	old := takes(t, invalidBody, "string")
	if _, err := c.RequestGrant(context.Background(), old.URL, outgoing()); err != nil {
		t.Fatal(err)
	}
	for _, r := range old.requests() {
		if err := documents.Request("post-request", r.body); err != nil {
			t.Errorf("%s: %v", r.body, err)
		}
	}
	for operation, call := range map[string]string{
		"post-continue": "continue", "delete-continue": "cancel", "post-token": "rotate", "delete-token": "revoke",
	} {
		_ = calls[call](c, s.URL)
		sent := s.requests()
		if err := documents.Request(operation, sent[len(sent)-1].body); err != nil {
			t.Errorf("%s: %v", call, err)
		}
	}
}

// What our tests take for good answers must be good, or they show nothing.
func TestTheAnswersOfTheseTestsAreAsTheOfficialDocumentSays(t *testing.T) {
	documents, err := openapi.Open(peers.OpenAPI(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		operation string
		text      string
	}{
		{"post-request", pendingAnswer}, {"post-request", grantedAnswer}, {"post-continue", grantedAnswer},
		{"post-token", rotatedAnswer}, {"get-wallet-address", document("/me")},
	} {
		text := strings.ReplaceAll(c.text, "SERVER", "https://wallet.example")
		if err := documents.Response(c.operation, http.StatusOK, "application/json", []byte(text)); err != nil {
			t.Errorf("%s: %v", c.operation, err)
		}
	}
}

// An authorization server digests what JSON.stringify makes of our body.
func TestJavaScriptWritesEveryBodyAsWeDo(t *testing.T) {
	var bodies [][]byte
	add := func(v any) {
		body, err := encodeJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	for _, r := range everyRequest() {
		for _, asString := range []bool{false, true} {
			add(r.body(clientMember(trap, asString)))
		}
	}
	add(continueBody{trap})
	// Every character there is, in blocks.
	for first := rune(0); first <= utf8.MaxRune; first += 4096 {
		var block strings.Builder
		for r := first; r < first+4096; r++ {
			if utf8.ValidRune(r) {
				block.WriteRune(r)
			}
		}
		add(continueBody{block.String()})
	}
	wantAsJavaScriptWrites(t, bodies)
}

// wantAsJavaScriptWrites checks that JSON.stringify(JSON.parse(body)) is the body.
func wantAsJavaScriptWrites(t *testing.T, bodies [][]byte) {
	t.Helper()
	input, _ := json.Marshal(bodies)
	command := peers.Node(t, "testdata/restringify.mjs")
	command.Stdin = bytes.NewReader(input)
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var again [][]byte
	if err := json.Unmarshal(output, &again); err != nil || len(again) != len(bodies) {
		t.Fatalf("%d bodies came back of %d: %v", len(again), len(bodies), err)
	}
	for i, body := range bodies {
		if !bytes.Equal(body, again[i]) {
			t.Errorf("body %d: we write\n%.300q\nJavaScript writes\n%.300q", i, body, again[i])
		}
	}
}
