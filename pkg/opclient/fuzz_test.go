package opclient

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func parse(content []byte, broken *error) object {
	return parseAnswer(&reply{status: 200, body: content, expects: "an answer"}, broken)
}

func local(text string) []byte {
	return []byte(strings.ReplaceAll(text, "SERVER", "https://auth.example"))
}

// short fails if an error repeats much of what a server sent.
func short(t *testing.T, err error) {
	if err != nil && len(err.Error()) > 400 {
		t.Fatalf("an error of %d bytes: %.200s", len(err.Error()), err)
	}
}

func FuzzWalletAddressDocument(f *testing.F) {
	f.Add(local(document("/me")))
	f.Fuzz(func(t *testing.T, content []byte) {
		var broken error
		w := walletAddressOf(parse(content, &broken), false)
		short(t, broken)
		if broken != nil {
			return
		}
		if len(w.ID) > maxText || len(w.AuthServer) > maxText || len(w.ResourceServer) > maxText || len(w.AssetCode) > maxAssetCode || utf8.RuneCountInString(w.PublicName) > maxName {
			t.Fatalf("too long: %+v", w)
		}
		for _, raw := range []string{w.ID, w.AuthServer, w.ResourceServer} {
			if !strings.HasPrefix(strings.ToLower(raw), "https://") {
				t.Fatalf("%q is not https", raw)
			}
		}
	})
}

func FuzzGrantAnswer(f *testing.F) {
	f.Add(local(pendingAnswer))
	f.Add(local(grantedAnswer))
	f.Add(local(rotatedAnswer))
	r := outgoing()
	f.Fuzz(func(t *testing.T, content []byte) {
		a := answerReader{origin: "https://auth.example:443", sent: time.Unix(0, 0)}
		for _, read := range []func(object) *Grant{
			func(o object) *Grant { return a.requestAnswer(o, &r) },
			func(o object) *Grant { return a.continueAnswer(o, Continue{"https://auth.example/c", "C", 0}) },
			func(o object) *Grant {
				return &Grant{Token: a.token(o.object("access_token")), Continue: Continue{"https://auth.example/c", "C", 0}}
			},
		} {
			var broken error
			g := read(parse(content, &broken))
			short(t, broken)
			if broken != nil || g == nil {
				continue
			}
			if g.Token == nil {
				continue
			}
			if !visible(string(g.Token.Value)) || g.Token.Manage != "" && !strings.HasPrefix(strings.ToLower(g.Token.Manage), "https://auth.example") {
				t.Fatalf("a bad token: %q, %q", string(g.Token.Value), g.Token.Manage)
			}
			for _, access := range g.Token.Access {
				text, err := json.Marshal(access)
				var again Access
				if err != nil || json.Unmarshal(text, &again) != nil || again.Type != access.Type || again.Reference != access.Reference {
					t.Fatalf("%+v is written as %s, %v, and read as %+v", access, text, err, again)
				}
			}
		}
	})
}

func FuzzRefusal(f *testing.F) {
	for _, text := range []string{`{"error":{"code":"too_fast","description":"T0K3N-T0K3N-T0K3N"}}`, `{"error":"x","error_description":"y"}`, `{"errors":[{"message":"m"}]}`, "plain T0K3N-T0K3N-T0K3N", "<html>"} {
		f.Add([]byte(text), "37")
	}
	f.Fuzz(func(t *testing.T, body []byte, retry string) {
		const secret = "T0K3N-T0K3N-T0K3N"
		x := &exchange{op: "x", url: "https://auth.example/", secrets: []Secret{secret}, now: time.Now, header: http.Header{"Retry-After": {retry}}}
		for _, err := range []error{resourceError(x.refusal(401, body)), x.serverError(503, body), resourceError(x.refusal(404, body))} {
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %T", err)
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(e.Details, secret) || len(e.Code) > maxCode ||
				utf8.RuneCountInString(e.Description) > maxDescription+1 || utf8.RuneCountInString(e.Details) > maxDescription+1 || strings.ContainsAny(e.Description, "\r\n\x00") {
				t.Fatalf("got %#v", e)
			}
			if e.RetryAfter < 0 || e.RetryAfter > maxRetryAfter {
				t.Fatalf("Retry-After %q is %s", retry, e.RetryAfter)
			}
		}
	})
}

func FuzzList(f *testing.F) {
	f.Add([]byte(listOf(0, 2, 9)))
	f.Add([]byte(`{"pagination":{"hasNextPage":false},"result":[` + incomingAnswer + `]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		var broken error
		outgoing := outgoingPayments.list(parse(content, &broken))
		short(t, broken)
		for _, p := range outgoing.Items {
			if broken == nil && (!isAmount(p.SentAmount.Value) || checkURI("id", p.ID) != nil || p.CreatedAt.IsZero() && !strings.Contains(string(content), "0001-01-01T00:00:00")) {
				t.Fatalf("got %+v", p)
			}
		}
		broken = nil
		incomingPayments.list(parse(content, &broken))
		short(t, broken)
		broken = nil
		incomingPaymentOf(parse(content, &broken))
		short(t, broken)
		broken = nil
		quoteOf(parse(content, &broken))
		short(t, broken)
	})
}

func FuzzAmount(f *testing.F) {
	for _, value := range []string{"130", "1.30", "1,300", "9223372036854775808", "+01", "1e3"} {
		f.Add(value, uint8(2))
	}
	f.Fuzz(func(t *testing.T, value string, scale uint8) {
		a := Amount{value, "USD", scale}
		err := a.check("")
		short(t, err)
		if err == nil && (!isAmount(value) || value == "0" || len(value) > 19 || !a.AtLeast(Amount{"1", "USD", scale})) {
			t.Fatalf("%q is accepted", value)
		}
	})
}

func FuzzInterval(f *testing.F) {
	for _, s := range []string{"R/2025-04-22T08:00:00Z/P1D", "R12/P1M/2025-04-22T08:00:00+02:00", "R-1/2025-04-22T08:00:00Z/2026-04-22T08:00:00Z", "R/P1Y2M3W4DT5H6M7S/2025-04-22T08:00:00.5Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		i, err := parseInterval(s)
		if err == nil && (i.Start.IsZero() && i.End.IsZero() && !strings.Contains(s, "0001-01-01T00:00:00") || i.Repetitions < unbounded) {
			t.Fatalf("%q is %+v", s, i)
		}
	})
}

func FuzzVerifyFinish(f *testing.F) {
	f.Add("hash=NorzSv0Ct9xybULmmLoGSPW02MBFK%2BoqIbfdjjSEy9M%3D&interact_ref=4a1b", "4a1b", uint8(0))
	f.Add("hash=x&hash=y&interact_ref=1", "é \n", uint8(3))
	f.Fuzz(func(t *testing.T, rawQuery, ref string, form uint8) {
		p := Pending{"https://auth.example/x", "our-nonce", "748D38A0"}
		query, _ := url.ParseQuery(rawQuery)
		if got, err := p.VerifyFinish(query); err == nil && got == "" {
			t.Fatal("an empty reference is verified")
		}
		sum := sha256.Sum256([]byte("our-nonce\n748D38A0\n" + ref + "\nhttps://auth.example/x"))
		encoding := []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding}[form%4]
		good := url.Values{"hash": {encoding.EncodeToString(sum[:])}, "interact_ref": {ref}}
		if got, err := p.VerifyFinish(good); ref != "" && (err != nil || got != ref) {
			t.Fatalf("%v is not verified: %v", good, err)
		}
		good.Set("interact_ref", ref+"x")
		if _, err := p.VerifyFinish(good); err == nil {
			t.Fatalf("%v is verified", good)
		}
	})
}

func FuzzDecompress(f *testing.F) {
	f.Add([]byte("{}"), "gzip")
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xaa\xae\x05\x04\x00\x00\xff\xff\x43\xbf\xa6\xa3\x02\x00\x00\x00"), "")
	f.Add([]byte("\xaa\xae\x05\x04\x00\x00\xff\xff"), "deflate, gzip")
	f.Fuzz(func(t *testing.T, content []byte, encoding string) {
		got, err := decompress(content, []string{encoding}, 1<<10)
		short(t, err)
		if len(got) > max(1<<10, len(content)) {
			t.Fatalf("%d bytes", len(got))
		}
	})
}

func FuzzParsePrivateKey(f *testing.F) {
	f.Add([]byte(base64.StdEncoding.EncodeToString(make([]byte, 32))))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := ParsePrivateKey(data)
		if err == nil && len(key) != 64 {
			t.Fatalf("a key of %d bytes", len(key))
		}
		short(t, err)
	})
}
