package doctor_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/doctor"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAKeyThatTheJWKSDoesNotHave(t *testing.T) {
	p := newPatient(t)
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	url := p.client + "/jwks.json"
	show := "opgrants keygen --from " + p.Settings.PrivateKeyPath
	for name, c := range map[string]struct {
		keys    []sandbox.JWK
		keyID   string
		check   string
		problem doctor.Problem
		code    exit.Code
		says    []string
	}{
		"no key with the id":             {[]sandbox.JWK{sandbox.NewJWK("old", other), sandbox.NewJWK("older", other)}, "key-1", "key_id", doctor.KeyIDUnknown, exit.KeyRefused, []string{url, `"old", "older"`, show}},
		"no keys":                        {nil, "key-1", "key_id", doctor.KeyIDUnknown, exit.KeyRefused, []string{url, "no keys", show}},
		"the key under another id":       {[]sandbox.JWK{sandbox.NewJWK("key 2", p.public)}, "key-1", "key_id", doctor.KeyIDUnknown, exit.KeyRefused, []string{"export KEY_ID='key 2'"}},
		"an id in other capitals":        {[]sandbox.JWK{sandbox.NewJWK("KEY-1", other)}, "key-1", "key_id", doctor.KeyIDUnknown, exit.KeyRefused, []string{`did you mean "KEY-1"`}},
		"another key with the id":        {[]sandbox.JWK{sandbox.NewJWK("key-1", other)}, "key-1", "public_key", doctor.OtherKey, exit.KeyRefused, []string{url, "not the public half", show}},
		"two keys with the id":           {[]sandbox.JWK{sandbox.NewJWK("key-1", other), sandbox.NewJWK("key-1", p.public)}, "key-1", "public_key", doctor.OtherKey, exit.KeyRefused, nil},
		"ids exchanged":                  {[]sandbox.JWK{sandbox.NewJWK("key-1", other), sandbox.NewJWK("key-2", p.public)}, "key-1", "public_key", doctor.OtherKey, exit.KeyRefused, []string{"export KEY_ID=key-2"}},
		"no id, and the key is there":    {[]sandbox.JWK{sandbox.NewJWK("key-2", p.public)}, "", "key_id", doctor.NotSet, exit.Usage, []string{"export KEY_ID=key-2"}},
		"no id, and the key is not":      {[]sandbox.JWK{sandbox.NewJWK("old", other)}, "", "key_id", doctor.NotSet, exit.Usage, []string{`"old"`, show}},
		"the key in quotes of a console": {[]sandbox.JWK{sandbox.NewJWK("key-1", other)}, `"key-9"`, "key_id", doctor.KeyIDUnknown, exit.KeyRefused, []string{`"key-9"`}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := p.wallet.SetKeys(p.client, c.keys...); err != nil {
				t.Fatal(err)
			}
			p.Settings.KeyID = c.keyID
			got := p.examine(t)
			got.mustFail(t, c.check, c.problem, c.code, c.says...)
			got.mustSkip(t, got.of(c.check).Title, "signed_request")
		})
	}
}

func TestAJWKSThatCannotBeRead(t *testing.T) {
	for name, fault := range map[string]sandbox.Fault{
		"not there":         {Status: 404},
		"forbidden":         {Status: 403, Body: "<html>no robots</html>"},
		"a server error":    {Status: 500},
		"a lost connection": {Reset: true},
		"no answer":         {Drop: true},
		"a slow server":     {Delay: 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			fault.Times = 10
			p.wallet.Fail(sandbox.OpKeys, fault)
			got := p.examine(t)
			got.mustFail(t, "jwks", doctor.Unreachable, exit.KeyRefused, p.client+"/jwks.json", "curl ")
			got.mustSkip(t, "JWKS", "key_id", "public_key", "signed_request")
		})
	}
}

// What the wallet serves goes to no terminal and no shell as it is.
func TestAnIDThatIsNotToBePrinted(t *testing.T) {
	for id, want := range map[string]string{"k\x1b[2Jey": "opgrants keygen --from", "key\nrm": "opgrants keygen --from", "a'; rm -rf ~": `export KEY_ID='a'\''; rm -rf ~'`} {
		p := newPatient(t)
		if err := p.wallet.SetKeys(p.client, sandbox.NewJWK(id, p.public)); err != nil {
			t.Fatal(err)
		}
		got := p.examine(t)
		got.mustFail(t, "key_id", doctor.KeyIDUnknown, exit.KeyRefused, want)
		if all := fmt.Sprint(got.results, got.err); strings.ContainsAny(all, "\x1b\n") {
			t.Errorf("%q is printed as it is: %q", id, all)
		}
	}
}

func TestAJWKSThatRedirectsToAPrivateAddress(t *testing.T) {
	p := newPatient(t)
	base := netguard.NewTransport(netguard.Options{InsecureAllowLocal: true})
	p.Wallets = roundTripper(func(r *http.Request) (*http.Response, error) {
		switch {
		case r.URL.Host == "10.0.0.7":
			return netguard.NewTransport(netguard.Options{}).RoundTrip(r)
		case strings.HasSuffix(r.URL.Path, "/jwks.json"):
			return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"https://10.0.0.7/jwks.json"}}, Body: http.NoBody, Request: r}, nil
		}
		return base.RoundTrip(r)
	})
	p.examine(t).mustFail(t, "jwks", doctor.Redirects, exit.KeyRefused, "10.0.0.7 is not a public address")
}

func TestAJWKSThatServersDoNotTake(t *testing.T) {
	p := newPatient(t)
	good, err := json.Marshal(sandbox.NewJWK("key-1", p.public))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ body, says string }{
		"a web page":                  {"<!doctype html><title>Keys</title>", "web page"},
		"words":                       {"keys", "not JSON"},
		"nothing":                     {"", "not JSON"},
		"a key without its set":       {string(good), `no list with the name "keys"`},
		"a list":                      {"[" + string(good) + "]", `no list with the name "keys"`},
		"keys of null":                {`{"keys":null}`, `no list with the name "keys"`},
		"a key without a kid":         {`{"keys":[%s,{"alg":"EdDSA","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`, "kid is missing"},
		"a kid that is a number":      {`{"keys":[%s,{"kid":1,"alg":"EdDSA","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`, "kid is missing"},
		"a key without alg":           {`{"keys":[%s,{"kid":"b","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`, "alg"},
		"an RSA key beside it":        {`{"keys":[%s,{"kid":"b","alg":"RS256","kty":"RSA","n":"AQAB","e":"AQAB"}]}`, `"b": its alg`},
		"a key for another use":       {`{"keys":[%s,{"kid":"b","alg":"EdDSA","use":"enc","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`, "use"},
		"another curve":               {`{"keys":[%s,{"kid":"b","alg":"EdDSA","kty":"OKP","crv":"Ed448","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`, "crv"},
		"padding":                     {`{"keys":[%s,{"kid":"b","alg":"EdDSA","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="}]}`, "32 bytes"},
		"base64 that is no base64url": {`{"keys":[%s,{"kid":"b","alg":"EdDSA","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`, "32 bytes"},
		"half a key":                  {`{"keys":[%s,{"kid":"b","alg":"EdDSA","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS"}]}`, "32 bytes"},
		"a private key":               {`{"keys":[%s,{"kid":"b","alg":"EdDSA","kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`, "private key"},
	} {
		t.Run(name, func(t *testing.T) {
			body := c.body
			if len(body) > 10 && body[:10] == `{"keys":[%` {
				body = fmt.Sprintf(body, good)
			}
			p.wallet.Fail(sandbox.OpKeys, sandbox.Fault{Status: 200, Body: body})
			got := p.examine(t)
			got.mustFail(t, "jwks", doctor.InvalidJWKS, exit.KeyRefused, c.says, p.client+"/jwks.json")
			got.mustSkip(t, "JWKS", "key_id", "public_key", "signed_request")
		})
	}
}
