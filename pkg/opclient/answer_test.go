package opclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// edit makes an answer from a good one by replacing a part of it.
func edit(t *testing.T, good, old, new string) string {
	t.Helper()
	if !strings.Contains(good, old) {
		t.Fatalf("the answer has no %s", old)
	}
	return strings.Replace(good, old, new, 1)
}

func TestAnAnswerToAGrantRequestThatIsNotAsOpenPaymentsSays(t *testing.T) {
	for _, c := range []struct{ good, old, new, why string }{
		{pendingAnswer, pendingAnswer, `null`, "not a JSON object"},
		{pendingAnswer, pendingAnswer, `[]`, "not a JSON object"},
		{pendingAnswer, pendingAnswer, `{}`, "continue is missing"},
		{pendingAnswer, pendingAnswer, ``, "the answer is empty"},
		{pendingAnswer, pendingAnswer, `<html>`, "this is a web page"},
		{pendingAnswer, pendingAnswer, `<?xml version="1.0"?><html>`, "this is a web page"},
		{pendingAnswer, pendingAnswer, `<?xml version="1.0"?><a/>`, "this is XML"},
		{pendingAnswer, pendingAnswer, "\xff\xfe{\x00", "UTF-16"},
		{pendingAnswer, pendingAnswer, "\xfe\xff\x00{", "UTF-16"},
		{pendingAnswer, pendingAnswer, pendingAnswer + `{}`, "not JSON"},
		{pendingAnswer, pendingAnswer, pendingAnswer[:40], "not JSON"},
		{pendingAnswer, `"interact":`, `"Interact":`, "neither interact nor access_token"},
		{pendingAnswer, `"interact":`, `"interact":null,"x":`, "neither interact nor access_token"},
		{pendingAnswer, `"interact":`, `"interact":7,"x":`, "interact must be an object"},
		{pendingAnswer, `"redirect":"SERVER/interact/1"`, `"redirect":null`, "interact.redirect must be a string"},
		{pendingAnswer, `SERVER/interact/1`, `SERVER/` + strings.Repeat("x", 5000), "interact.redirect is longer than"},
		{pendingAnswer, `"redirect":`, `"x":`, "interact.redirect is missing"},
		{pendingAnswer, `"redirect":"SERVER/interact/1"`, `"redirect":7`, "interact.redirect must be a string"},
		{pendingAnswer, `SERVER/interact/1`, `/interact/1`, "interact.redirect: this is not an absolute URL"},
		{pendingAnswer, `SERVER/interact/1`, `javascript:alert(1)`, "interact.redirect: this is not an absolute URL"},
		{pendingAnswer, `SERVER/interact/1`, `ftp://wallet.example/`, "interact.redirect: the URL must start with https://"},
		{pendingAnswer, `SERVER/interact/1`, `https://user@wallet.example/`, "interact.redirect: the URL must not hold a user"},
		{pendingAnswer, `"finish":"748D38A0"`, `"finish":""`, "interact.finish is empty"},
		{pendingAnswer, `"finish":"748D38A0"`, `"x":""`, "interact.finish is missing"},
		{pendingAnswer, `"finish":"748D38A0"`, `"finish":null`, "interact.finish must be a string"},
		{pendingAnswer, `"finish":"748D38A0"`, `"finish":"` + strings.Repeat("x", maxText+1) + `"`, "interact.finish is longer than"},
		{pendingAnswer, `"finish":"748D38A0"`, `"finish":false`, "interact.finish must be a string"},
		{pendingAnswer, `"continue":`, `"x":`, "continue is missing"},
		{pendingAnswer, `"continue":{`, `"continue":"","x":{`, "continue must be an object"},
		{pendingAnswer, `"access_token":{"value":"CONT"}`, `"access_token":"CONT"`, "continue.access_token must be an object"},
		{pendingAnswer, `"value":"CONT"`, `"value":null`, "continue.access_token.value must be a string"},
		{pendingAnswer, `"value":"CONT"`, `"value":""`, "continue.access_token.value must be visible ASCII"},
		{pendingAnswer, `"value":"CONT"`, `"value":"A B"`, "continue.access_token.value must be visible ASCII"},
		{pendingAnswer, `"value":"CONT"`, `"value":"A\r\nX: y"`, "continue.access_token.value must be visible ASCII"},
		{pendingAnswer, `"value":"CONT"`, `"value":"é"`, "continue.access_token.value must be visible ASCII"},
		{pendingAnswer, `"value":"CONT"`, `"value":"` + strings.Repeat("A", maxToken+1) + `"`, "continue.access_token.value must be visible ASCII"},
		{pendingAnswer, `"uri":`, `"x":`, "continue.uri is missing"},
		{pendingAnswer, `SERVER/continue/1`, `https://evil.example/continue/1`, "continue.uri: it is not at the server that was asked"},
		{pendingAnswer, `SERVER/continue/1`, `SERVER1/continue/1`, "continue.uri: "},
		{pendingAnswer, `SERVER/continue/1`, `http://user@wallet.example/`, "continue.uri: the URL must not hold a user"},
		{pendingAnswer, `SERVER/continue/1`, `SERVER/continue/é`, "continue.uri: character"},
		{pendingAnswer, `SERVER/continue/1`, `/continue/1`, "continue.uri: the URL must start with https://"},
		{pendingAnswer, `"continue":`, `"continue":null,"x":`, "continue must be an object"},
		{pendingAnswer, `SERVER/continue/1"`, `SERVER/continue/` + strings.Repeat("x", 5000) + `"`, "continue.uri is longer than"},

		{grantedAnswer, `{"access_token":`, `{"interact":{"redirect":"SERVER/i","finish":"f"},"access_token":`, "both interact and access_token"},
		{grantedAnswer, `"value":"TOKEN",`, ``, "access_token.value is missing"},
		{grantedAnswer, `"value":"TOKEN",`, `"value":null,`, "access_token.value must be a string"},
		{grantedAnswer, `"manage":"SERVER/token/1",`, `"manage":7,`, "access_token.manage must be a string"},
		{grantedAnswer, `SERVER/token/1`, `https://evil.example/token/1`, "access_token.manage: it is not at the server that was asked"},
		{grantedAnswer, `"access":[`, `"access":{},"x":[`, "access_token.access must be an array"},
		{grantedAnswer, `"access":[`, `"access":[7,`, "access_token.access[0] must be an object or a string"},
		{grantedAnswer, `"access":[`, `"access":["` + strings.Repeat("x", maxText+1) + `",`, "access_token.access[0] is longer than"},
		{grantedAnswer, `"access":[`, `"access":[` + strings.Repeat(`"all",`, 20), "access_token.access has more than 20 items"},
		{grantedAnswer, `"access":[`, `"access":[` + strings.Repeat(`{"type":"x","y":"`+strings.Repeat("y", 4000)+`"},`, 6), "more than 16 KiB of unknown members"},
		{grantedAnswer, `"access":[`, `"access":["x",` + strings.Repeat(`"`+strings.Repeat("y", maxText)+`",`, 4), "more than 16 KiB of unknown members"},
		{grantedAnswer, `"identifier":`, `"limits":{"max":"` + strings.Repeat("x", maxExtra) + `"},"identifier":`, "more than 16 KiB of unknown members"},
		{grantedAnswer, `"type":"outgoing-payment",`, ``, "access_token.access[0].type is missing"},
		{grantedAnswer, `"type":"outgoing-payment",`, `"type":null,`, "access_token.access[0].type must be a string"},
		{grantedAnswer, `"actions":["create","read"],`, `"actions":[1],`, "access_token.access[0].actions must be strings"},
		{grantedAnswer, `"actions":["create","read"],`, `"actions":"read",`, "access_token.access[0].actions must be an array"},
		{grantedAnswer, `"actions":["create","read"],`, `"actions":[` + strings.Repeat(`"read",`, 20) + `"read"],`, "access_token.access[0].actions has more than 20"},
		{grantedAnswer, `"identifier":"https://wallet.example/alice"`, `"identifier":null`, "access_token.access[0].identifier must be a string"},
		{grantedAnswer, `"identifier":`, `"limits":{"debitAmount":{"value":null,"assetCode":"USD","assetScale":2}},"identifier":`, "limits.debitAmount.value must be a string"},
		{grantedAnswer, `"identifier":`, `"limits":{"receiveAmount":{"value":"1","assetCode":null,"assetScale":2}},"identifier":`, "limits.receiveAmount.assetCode must be a string"},
		{grantedAnswer, `"identifier":`, `"limits":{"receiveAmount":{"value":"1","assetCode":"USD","assetScale":null}},"identifier":`, "limits.receiveAmount.assetScale must be a number"},
		{grantedAnswer, `"identifier":`, `"limits":{"interval":"` + strings.Repeat("x", 5000) + `"},"identifier":`, "limits.interval is longer than"},
		{grantedAnswer, `"identifier":`, `"limits":[],"identifier":`, "access_token.access[0].limits must be an object"},
		{grantedAnswer, `"identifier":`, `"limits":{"receiver":1},"identifier":`, "limits.receiver must be a string"},
		{grantedAnswer, `"identifier":`, `"limits":{"debitAmount":{"value":130,"assetCode":"USD","assetScale":2}},"identifier":`, "limits.debitAmount.value must be a string"},
		{grantedAnswer, `"identifier":`, `"limits":{"debitAmount":{"value":"1.3","assetCode":"USD","assetScale":2}},"identifier":`, "limits.debitAmount.value must be a whole number"},
		{grantedAnswer, `"identifier":`, `"limits":{"debitAmount":{"value":"1","assetCode":"USD"}},"identifier":`, "limits.debitAmount.assetScale is missing"},
		{grantedAnswer, `"identifier":`, `"limits":{"receiveAmount":{"value":"1","assetCode":"USD","assetScale":256}},"identifier":`, "limits.receiveAmount.assetScale must be a whole number from 0 to 255"},
	} {
		s := newServer(t, answer(200, edit(t, c.good, c.old, c.new)))
		_, err := newClient(t).RequestGrant(context.Background(), s.URL, outgoing())
		if !errors.Is(err, ErrInvalidAnswer) || !errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrRefused) ||
			!strings.Contains(err.Error(), c.why) {
			t.Errorf("%s for %s: got %v, want an invalid answer with %q", c.new, c.old, err, c.why)
		}
		if err != nil && (strings.Contains(err.Error(), "CONT") || strings.Contains(err.Error(), "TOKEN")) {
			t.Errorf("the error holds a token: %v", err)
		}
	}
}

func TestTheLongestTextsOfAnAnswer(t *testing.T) {
	for _, c := range []struct{ good, old, new string }{
		{pendingAnswer, `"value":"CONT"`, `"value":"` + strings.Repeat("A", maxToken) + `"`},
		{pendingAnswer, `"finish":"748D38A0"`, `"finish":"` + strings.Repeat("x", maxText) + `"`},
		{grantedAnswer, `"identifier":`, `"limits":{"receiveAmount":{"value":"1","assetCode":"USD","assetScale":255}},"identifier":`},
		{grantedAnswer, `"identifier":`, `"limits":{"receiveAmount":{"value":"1","assetCode":"` + strings.Repeat("A", maxAssetCode) + `","assetScale":0}},"identifier":`},
	} {
		s := newServer(t, answer(200, edit(t, c.good, c.old, c.new)))
		if _, err := newClient(t).RequestGrant(context.Background(), s.URL, outgoing()); err != nil {
			t.Errorf("%.60s: %v", c.new, err)
		}
	}
}

func TestAnAnswerMayHoldMoreThanWeKnow(t *testing.T) {
	text := strings.NewReplacer(
		`"expires_in":600`, `"expires_in":600.0,"flags":["durable"]`,
		`"identifier":`, `"limits":{"interval":"R/P1D/2026-01-01T00:00:00Z","debitAmount":{"value":"0","assetCode":"USD","assetScale":2.0,"x":1}},"identifier":`,
		`{"access_token":`, `{"instance_id":"x","access_token":`,
	).Replace(grantedAnswer)
	s := newServer(t, answer(201, text))
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	g, err := newClient(t, func(c *Config) { c.Now = func() time.Time { return start } }).RequestGrant(context.Background(), s.URL, outgoing())
	if err != nil {
		t.Fatal(err)
	}
	limits := g.Token.Access[0].Limits
	if !g.Token.ExpiresAt.Equal(start.Add(600*time.Second)) || *limits.DebitAmount != (Amount{"0", "USD", 2}) || limits.Interval != "R/P1D/2026-01-01T00:00:00Z" {
		t.Errorf("got %+v, %+v", g.Token, limits)
	}
}

func TestATokenWithoutExpiresInHasNoExpiry(t *testing.T) {
	s := newServer(t, answer(200, edit(t, grantedAnswer, `"expires_in":600,`, ``)))
	g, err := newClient(t).RequestGrant(context.Background(), s.URL, outgoing())
	if err != nil || !g.Token.ExpiresAt.IsZero() {
		t.Errorf("got %+v, %v", g, err)
	}
}

func TestInteractNeedsItsFinishOnlyIfThereIsOne(t *testing.T) {
	text := edit(t, pendingAnswer, `,"finish":"748D38A0"`, `,"expires_in":90`)
	s := newServer(t, answer(200, text))
	r := outgoing()
	if _, err := newClient(t).RequestGrant(context.Background(), s.URL, r); !errors.Is(err, ErrInvalidAnswer) {
		t.Errorf("with a finish: got %v", err)
	}
	r.Finish, r.Interact = nil, true
	g, err := newClient(t).RequestGrant(context.Background(), s.URL, r)
	if err != nil || g.Interact.Finish != "" || g.Interact.ExpiresIn != 90*time.Second {
		t.Errorf("without: got %+v, %v", g, err)
	}
}

func TestJSONIsReadWhateverItsContentType(t *testing.T) {
	for _, contentType := range []string{"", "application/json", "Application/JSON; charset=utf-8", "application/problem+json",
		"text/html; charset=utf-8", "text/plain", "application/octet-stream", ";"} {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = []string{contentType}
			if contentType == "" {
				w.Header()["Content-Type"] = nil
			}
			_, _ = io.WriteString(w, strings.ReplaceAll(pendingAnswer, "SERVER", "http://"+r.Host))
		})
		if _, err := newClient(t).RequestGrant(context.Background(), s.URL, outgoing()); err != nil {
			t.Errorf("%q: got %v", contentType, err)
		}
	}
}

func TestUnderTheStrictGuardTheConsentPageMustBeHTTPS(t *testing.T) {
	for raw, good := range map[string]bool{
		"https://wallet.example/consent?x=1#top": true,
		"https://consent.example:8443/":          true,
		"https://10.0.0.1/":                      true, // the browser goes there
		"http://wallet.example/":                 false,
		"https:///consent":                       false,
		"https://wallet.example/%zz":             false,
		"https:consent":                          false,
		"":                                       false,
	} {
		if err := (answerReader{}).checkRedirect(raw); (err == nil) != good {
			t.Errorf("%q: got %v", raw, err)
		}
	}
}
