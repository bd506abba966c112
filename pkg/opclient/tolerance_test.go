package opclient

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// continued is what Continue reads from an answer.
func continued(t *testing.T, text string) (*Grant, error) {
	t.Helper()
	s := newServer(t, answer(200, text))
	c := newClient(t, func(c *Config) { c.Now = func() time.Time { return start } })
	return c.Continue(context.Background(), Continue{s.URL + "/used", "USED", 3 * time.Second}, "ref")
}

func TestNullIsAsIfLeftOutWhereAMemberMayBeLeftOut(t *testing.T) {
	for _, c := range []struct{ good, old, new string }{
		{pendingAnswer, `{"interact"`, `{"access_token":null,"interact"`},
		{pendingAnswer, `{"interact"`, `{"subject":null,"interact"`},
		{pendingAnswer, `"wait":5`, `"wait":null`},
		{pendingAnswer, `"redirect"`, `"expires_in":null,"redirect"`},
		{pendingAnswer, `{"interact"`, `{"instance_id":null,"error":null,"interact"`},
		{grantedAnswer, `{"access_token"`, `{"interact":null,"access_token"`},
		{grantedAnswer, `"expires_in":600`, `"expires_in":null`},
		{grantedAnswer, `"manage":"SERVER/token/1"`, `"manage":null`},
		{grantedAnswer, `"manage":"SERVER/token/1"`, `"manage":""`},
		{grantedAnswer, `"actions":["create","read"]`, `"actions":null`},
		{grantedAnswer, `"access":[`, `"access":null,"x":[`},
		{grantedAnswer, `"actions":["create","read"]`, `"actions":[null,"create","read"]`},
		{grantedAnswer, `,"identifier":"https://wallet.example/alice"`, ``},
		{grantedAnswer, `{"access_token"`, `{"subject":{},"access_token"`},
		{grantedAnswer, `{"access_token"`, `{"subject":{"sub_ids":null,"assertions":null},"access_token"`},
		{grantedAnswer, `{"access_token"`, `{"subject":{"sub_ids":[]},"access_token"`},
		{grantedAnswer, `"identifier"`, `"limits":null,"identifier"`},
		{grantedAnswer, `"identifier"`, `"limits":{"debitAmount":null,"receiveAmount":null,"receiver":null,"interval":null},"identifier"`},
		{grantedAnswer, `[{`, `[{"type":"quote","actions":["read"],"identifier":null},{`},
		{grantedAnswer, `[{`, `[null,{`},
		{grantedAnswer, `"continue":{"access_token":{"value":"CONT"},"uri":"SERVER/continue/1"}`, `"continue":null`},
	} {
		s := newServer(t, answer(200, edit(t, c.good, c.old, c.new)))
		got, err := newClient(t).RequestGrant(context.Background(), s.URL, outgoing())
		if err != nil || (got.Token == nil) == (got.Interact == nil) || got.Subject != "" {
			t.Errorf("%s: got %+v, %v", c.new, got, err)
		}
	}
}

func TestATimeThatCannotBeUsedDoesNotLoseTheConsent(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`600`: 600 * time.Second, `600.0`: 600 * time.Second, `600.9`: 600 * time.Second, `"600"`: 600 * time.Second, `6e2`: 600 * time.Second,
		`null`: 0, `0`: 0, `-1`: 0, `0.5`: 0, `"soon"`: 0, `true`: 0, `{}`: 0, `[600]`: 0, `""`: 0, `"NaN"`: 0, `-1e999`: 0, `5`: 5 * time.Second, `1`: time.Second, `0.99`: 0,
		`1e99`: maxLife, `1e999`: maxLife, `99999999999999999999`: maxLife, `"Inf"`: maxLife,
	} {
		g, err := continued(t, edit(t, grantedAnswer, `"expires_in":600`, `"expires_in":`+text))
		switch {
		case err != nil:
			t.Errorf("expires_in %s: %v", text, err)
		case want == 0 && !g.Token.ExpiresAt.IsZero(), want != 0 && !g.Token.ExpiresAt.Equal(start.Add(want)):
			t.Errorf("expires_in %s: expires at %s, want %s after the start", text, g.Token.ExpiresAt, want)
		}
		g, err = continued(t, edit(t, grantedAnswer, `"uri":"SERVER/continue/1"`, `"uri":"SERVER/continue/1","wait":`+text))
		if err != nil || g.Continue.Wait != min(want, maxWait) {
			t.Errorf("wait %s: got %+v, %v", text, g, err)
		}
	}
}

func TestARotationKeepsTheNewTokenWhateverElseIsMissing(t *testing.T) {
	unread := []string{`"x":[]`, `"access":null`, `"actions":"read"`, `"type":null`, `"access":{},"x":[`, `"type":"quote","limits":{"debitAmount":{"value":1}}`}
	for _, c := range []struct{ old, new string }{
		{`"expires_in":600`, `"expires_in":null`},
		{`"expires_in":600`, `"expires_in":0`},
		{`"manage":"SERVER/token/2",`, ``},
		{`"manage":"SERVER/token/2"`, `"manage":null`},
		{`"manage":"SERVER/token/2"`, `"manage":{"uri":"SERVER/token/2","access_token":{"value":"M"}}`},
		{`"access":[{"type":"quote","actions":["read"]}]`, `"x":[]`},
		{`"access":[{"type":"quote","actions":["read"]}]`, `"access":null`},
		{`"actions":["read"]`, `"actions":["read","refund"]`},
		{`"actions":["read"]`, `"actions":"read"`},
		{`"type":"quote"`, `"type":null`},
		{`"access":[`, `"access":{},"x":[`},
		{`"type":"quote"`, `"type":"quote","limits":{"debitAmount":{"value":1}}`},
		{`{"access_token"`, `{"continue":null,"access_token"`},
		{`"value"`, `"label":null,"flags":["durable"],"key":false,"value"`},
	} {
		s := newServer(t, answer(200, edit(t, rotatedAnswer, c.old, c.new)))
		got, err := newClient(t).Rotate(context.Background(), &Token{Value: "OLD", Manage: s.URL})
		if err != nil || got.Value != "NEW" {
			t.Errorf("%s: got %+v, %v", c.new, got, err)
		}
		if isRead := got != nil && got.Access != nil; isRead == slices.Contains(unread, c.new) {
			t.Errorf("%s: the access is %+v", c.new, got)
		}
		if strings.Contains(c.old, "manage") != (got != nil && got.Manage == "") {
			t.Errorf("%s: manage is %q", c.new, got.Manage)
		}
	}
}

func TestATokenThatCannotBeManagedIsNeitherRotatedNorRevoked(t *testing.T) {
	_, err := newClient(t).Rotate(context.Background(), &Token{Value: "T"})
	for _, err := range []error{err, newClient(t).Revoke(context.Background(), &Token{Value: "T"})} {
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != "manage" {
			t.Errorf("got %v", err)
		}
	}
}

func TestAContinuationThatIsNotGivenAnewIsTheOneThatWasUsed(t *testing.T) {
	for _, tail := range []string{``, `,"continue":null`} {
		text := grantedAnswer[:strings.Index(grantedAnswer, `,"continue"`)] + tail + `}`
		g, err := continued(t, strings.Replace(text, "{", `{"subject":{"sub_ids":[{"id":"https://w.example/alice","format":"uri"}]},`, 1))
		if err != nil || g.Subject != "https://w.example/alice" {
			t.Errorf("%q: got %+v, %v", tail, g, err)
		}
		g, err = continued(t, `{"subject":{"sub_ids":[{"id":"https://w.example/alice","format":"uri"}]}`+tail+`}`)
		if err != nil || g.Subject != "https://w.example/alice" || g.Continue.Token != "USED" {
			t.Errorf("%q: got %+v, %v", tail, g, err)
		}
		g, err = continued(t, text)
		if err != nil || g.Token == nil || g.Continue.Token != "USED" || !strings.HasSuffix(g.Continue.URI, "/used") {
			t.Errorf("%q: got %#v, %v", tail, g, err)
		}
	}
}

func TestWhatIsLeftOutOfANewContinuationStaysAsItWasUsed(t *testing.T) {
	for _, c := range []struct{ continuation, token, uri string }{
		{`{}`, "USED", "/used"},
		{`{"wait":5}`, "USED", "/used"},
		{`{"access_token":null,"uri":"SERVER/continue/1"}`, "USED", "/continue/1"},
		{`{"access_token":{"value":"CONT"}}`, "CONT", "/used"},
	} {
		g, err := continued(t, edit(t, grantedAnswer, `{"access_token":{"value":"CONT"},"uri":"SERVER/continue/1"}`, c.continuation))
		if err != nil || string(g.Continue.Token) != c.token || !strings.HasSuffix(g.Continue.URI, c.uri) {
			t.Errorf("%s: got %#v, %v", c.continuation, g, err)
		}
	}
	for continuation, why := range map[string]string{
		`{"uri":null}`:                       "continue.uri must be a string",
		`{"uri":"https://evil.example/x"}`:   "continue.uri: it is not at the server that was asked",
		`{"access_token":{"value":null}}`:    "continue.access_token.value must be a string",
		`{"access_token":{},"uri":"SERVER"}`: "continue.access_token.value is missing",
	} {
		_, err := continued(t, edit(t, grantedAnswer, `{"access_token":{"value":"CONT"},"uri":"SERVER/continue/1"}`, continuation))
		if !errors.Is(err, ErrInvalidAnswer) || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: got %v", continuation, err)
		}
	}
}

func TestWhatIsNotKnownOfAnAccessIsKeptAndPassedOn(t *testing.T) {
	for name, item := range map[string]string{
		"another type":                `{"type":"direct-debit","actions":["create","refund"],"identifier":"https://w.example/a","limits":{"max":1.50},"x":"<&>"}`,
		"another type, other members": `{"type":"account","actions":{"all":true},"identifier":7,"limits":[1],"until":"2027"}`,
		"another type and only that":  `{"type":"account"}`,
		"another action":              `{"type":"incoming-payment","actions":["create","refund"]}`,
		"a new member":                `{"type":"outgoing-payment","actions":["read"],"identifier":"https://w.example/a","expiresAt":"2027-01-01T00:00:00Z"}`,
		"a new limit":                 `{"type":"outgoing-payment","actions":["read"],"identifier":"https://w.example/a","limits":{"interval":"R/x","maxCount":3,"receivers":["a","b"]}}`,
		"members in other letters":    `{"type":"account","Type":"outgoing-payment","Actions":["create"]}`,
		"a member named extra":        `{"type":"quote","actions":["read"],"extra":{"a":1},"reference":"r"}`,
		"a reference":                 `"dolphin-metadata"`,
	} {
		g, err := continued(t, edit(t, grantedAnswer, `"access":[`, `"access":[`+item+`,`))
		if err != nil || len(g.Token.Access) != 2 {
			t.Errorf("%s: got %+v, %v", name, g, err)
			continue
		}
		text, err := json.Marshal(g.Token.Access[0])
		if err != nil || !sameJSON(t, string(text), item) {
			t.Errorf("%s: is passed on as %s, %v; want %s", name, text, err, item)
		}
		var stored Access
		if err := json.Unmarshal(text, &stored); err != nil || !sameJSON(t, string(mustHave(json.Marshal(stored))), item) || stored.Type != g.Token.Access[0].Type {
			t.Errorf("%s: is read back as %+v, %v", name, stored, err)
		}
		if stored := g.Token.Access[0]; name != "another type and only that" && name != "another action" {
			if _, ok := errors.AsType[*InvalidError](checkAccess([]Access{stored})); !ok {
				t.Errorf("%s: would be sent", name)
			}
		}
	}
}

func mustHave[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var v, w any
	if json.Unmarshal([]byte(a), &v) != nil || json.Unmarshal([]byte(b), &w) != nil {
		t.Fatalf("%s or %s is not JSON", a, b)
	}
	return reflect.DeepEqual(v, w)
}

func TestAWalletAddressIsReadHoweverItIsServed(t *testing.T) {
	good := document("/me")
	for name, c := range map[string]struct{ contentType, text string }{
		"as text":                 {"text/plain; charset=utf-8", good},
		"as HTML":                 {"text/html", good},
		"as nothing":              {"", good},
		"with a byte order mark":  {"application/json", "\xef\xbb\xbf" + good},
		"with a mark and spaces":  {"application/json", "\xef\xbb\xbf \r\n\t" + good + "\r\n"},
		"without a name":          {"application/json", strings.Replace(good, `"Alice"`, "null", 1)},
		"with more":               {"application/json", strings.Replace(good, `{`, `{"additionalProperties":{"x":[1]},"cardService":"x",`, 1)},
		"with a name of a novel":  {"application/json", strings.Replace(good, `Alice`, strings.Repeat("é", 20000), 1)},
		"with numbers as written": {"application/json", strings.Replace(good, `"assetScale":2`, `"assetScale":2.0`, 1)},
	} {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = []string{c.contentType}
			_, _ = io.WriteString(w, strings.ReplaceAll(c.text, "SERVER", "http://"+r.Host))
		})
		got, err := read(t, newClient(t), s.URL+"/me")
		if err != nil || got.ID != s.URL+"/me" || got.AssetScale != 2 || len([]rune(got.PublicName)) > 200 {
			t.Errorf("%s: got %.300v, %v", name, got, err)
		}
	}
}

func TestAPaymentThatWasMadeIsReadWhateverIsMissingBesideIt(t *testing.T) {
	for _, c := range []struct{ old, new string }{
		{`"id"`, `"metadata":null,"grantSpentDebitAmount":null,"id"`},
		{`"id"`, `"grantSpentReceiveAmount":null,"grantSpentDebitAmount":` + oneUSD + `,"id"`},
		{`"metadata":{`, `"metadata":"none","x":{`},
		{`"metadata":{`, `"metadata":[],"x":{`},
		{`"failed":false,`, ``},
		{`"failed":false`, `"failed":null`},
		{`"quoteId":"https://wallet.example/quotes/1",`, ``},
		{`"id"`, `"state":"SENDING","client":null,"id"`},
	} {
		s := newServer(t, answer(201, edit(t, outgoingAnswer, c.old, c.new)))
		if err := calls["create an outgoing payment"](newClient(t), s.URL); err != nil {
			t.Errorf("%s: %v", c.new, err)
		}
	}
	for _, c := range []struct{ old, new string }{
		{`"methods"`, `"x"`}, {`"methods":[`, `"methods":null,"x":[`}, {`"methods":[`, `"methods":[7,null,{},{"type":"card"},`},
		{`"sharedSecret":"`, `"sharedSecret":null,"x":"`}, {`"completed":false,`, ``}, {`"createdAt"`, `"x"`}, {`"incomingAmount":{`, `"incomingAmount":null,"x":{`},
		{`"expiresAt":"`, `"expiresAt":null,"x":"`}, {`"metadata":{`, `"metadata":null,"x":{`},
	} {
		s := newServer(t, answer(201, edit(t, incomingAnswer, c.old, c.new)))
		if err := calls["create an incoming payment"](newClient(t), s.URL); err != nil {
			t.Errorf("%s: %v", c.new, err)
		}
	}
}

func TestNullIsNeverAnIDOrAnAmount(t *testing.T) {
	for _, c := range []struct{ old, new, why string }{
		{`"id":"https://wallet.example/outgoing-payments/1"`, `"id":null`, "id must be a string"},
		{`"quoteId":"https://wallet.example/quotes/1"`, `"quoteId":null`, "quoteId must be"},
		{`"sentAmount":{`, `"sentAmount":null,"x":{`, "sentAmount is missing"},
		{`"receiver":"`, `"receiver":null,"x":"`, "receiver must be a string"},
		{`"id"`, `"grantSpentDebitAmount":{"value":null,"assetCode":"USD","assetScale":2},"id"`, "grantSpentDebitAmount.value must be a string"},
	} {
		s := newServer(t, answer(201, edit(t, outgoingAnswer, c.old, c.new)))
		err := calls["create an outgoing payment"](newClient(t), s.URL)
		// The payment may have been made: that is not a refusal.
		wantClasses(t, err, ErrInvalidAnswer, ErrOutcomeUnknown)
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != 201 || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: got %v", c.new, err)
		}
	}
}
