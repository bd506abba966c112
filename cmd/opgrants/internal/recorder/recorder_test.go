package recorder

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// secret stands where a secret stands; nothing that is shown may hold it.
const secret = "s3cret-0123456789"

func TestWhatIsSecretInABodyIsHidden(t *testing.T) {
	for name, c := range map[string]struct {
		body    string
		request bool
		want    string
	}{
		"an access token": {
			body: `{"access_token":{"value":"` + secret + `","manage":"https://w.example/token/1","expires_in":600}}`,
			want: `{"access_token":{"value":"[masked]","manage":"https://w.example/token/1","expires_in":600}}`},
		"one of several access tokens": {
			body: `{"access_token":[{"value":"` + secret + `"}]}`,
			want: `{"access_token":[{"value":"[masked]"}]}`},
		"the token of the continuation": {
			body: `{"continue":{"access_token":{"value":"` + secret + `"},"uri":"https://w.example/continue/1","wait":5}}`,
			want: `{"continue":{"access_token":{"value":"[masked]"},"uri":"https://w.example/continue/1","wait":5}}`},
		"the server's nonce and the consent link": {
			body: `{"interact":{"redirect":"https://w.example/interact/1/` + secret + `?clientName=a","finish":"` + secret + `-2"}}`,
			want: `{"interact":{"redirect":"https://w.example/interact/1/[masked]?clientName=a","finish":"[masked]"}}`},
		"the client's nonce, but not the amount's value": {
			body: `{"access_token":{"access":[{"limits":{"debitAmount":{"value":"130"}}}]},"interact":{"finish":{"uri":"http://localhost:3344","nonce":"` + secret + `"}}}`,
			want: `{"access_token":{"access":[{"limits":{"debitAmount":{"value":"130"}}}]},"interact":{"finish":{"uri":"http://localhost:3344","nonce":"[masked]"}}}`},
		"an interact_ref": {
			body: `{"interact_ref":"` + secret + `"}`,
			want: `{"interact_ref":"[masked]"}`},
		"a claim code": {
			body: `{"code":"` + secret + `"}`, request: true,
			want: `{"code":"[masked]"}`},
		"but not an error's code": {
			body: `{"error":{"code":"too_fast","description":"wait"}}`,
			want: `{"error":{"code":"too_fast","description":"wait"}}`},
		"the service's token": {
			body: `{"accessToken":"` + secret + `","expiresAt":null}`,
			want: `{"accessToken":"[masked]","expiresAt":null}`},
		"how an incoming payment is paid": {
			body: `{"methods":[{"type":"ilp","ilpAddress":"test.w","sharedSecret":"` + secret + `"}]}`,
			want: `{"methods":[{"type":"ilp","ilpAddress":"test.w","sharedSecret":"[masked]"}]}`},
		"a secret that turns up again, whatever its name is": {
			body: `{"nonce":"` + secret + `","a<b":["x` + secret + `x"]}`,
			want: `{"nonce":"[masked]","a<b":["x[masked]x"]}`},
		"all of what is not JSON": {
			body: `{"access_token":{"value":"` + secret,
			want: `(43 bytes, not JSON)`},
		"all of what follows JSON": {
			body: `{} ` + secret,
			want: `(20 bytes, not JSON)`},
	} {
		t.Run(name, func(t *testing.T) {
			var m Mask
			if got := m.body([]byte(c.body), c.request); got != c.want {
				t.Errorf("shown is\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestWhatIsSecretInAHeaderIsHidden(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"Authorization", "GNAP " + secret, "GNAP [masked]"},
		{"authorization", "Bearer " + secret, "Bearer [masked]"},
		{"Signature", "sig1=:c2VjcmV0c2VjcmV0:", "sig1=:[masked]:"},
		{"Signature-Input", `sig1=("@method");created=1;keyid="k";nonce="` + secret + `";tag="gnap"`,
			`sig1=("@method");created=1;keyid="k";nonce="[masked]";tag="gnap"`},
		{"Location", "http://localhost/?x=1&hash=a%2Bb3456789&interact_ref=" + secret, "http://localhost/?x=1&hash=[masked]&interact_ref=[masked]"},
		{"Location", "https://shop.example/thanks?status=granted&code=" + secret, "https://shop.example/thanks?status=granted&code=[masked]"},
		{"Set-Cookie", "shop=" + secret + "; Path=/; HttpOnly; SameSite=Lax", "shop=[masked]; Path=/; HttpOnly; SameSite=Lax"},
		{"Cookie", "shop=" + secret, "shop=[masked]"},
		{"Content-Digest", "sha-512=:AbC=:", "sha-512=:AbC=:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m Mask
			if got := m.Header(c.name, c.value); got != c.want {
				t.Errorf("shown is\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestAnExchangePassesUnchangedAndIsShownWithoutSecrets(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != "GNAP "+secret || string(body) != `{"interact_ref":"`+secret+`2"}` {
			t.Errorf("the server got %q and %q", r.Header.Get("Authorization"), body)
		}
		_, _ = w.Write([]byte(`{"access_token":{"value":"` + secret + `3"}}`))
	}))
	defer server.Close()
	var shown bytes.Buffer
	client := http.Client{Transport: &Transport{Mask: new(Mask), Record: func(x Exchange) { _ = x.Print(&shown) }}}
	r, _ := http.NewRequest(http.MethodPost, server.URL+"/continue/1?nonce="+secret+"4", strings.NewReader(`{"interact_ref":"`+secret+`2"}`))
	r.Header.Set("Authorization", "GNAP "+secret)
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if want := `{"access_token":{"value":"` + secret + `3"}}`; string(body) != want {
		t.Errorf("the client got %s, want %s", body, want)
	}
	for _, want := range []string{"> POST " + server.URL + "/continue/1?nonce=[masked]", "> Authorization: GNAP [masked]",
		`> {"interact_ref":"[masked]"}`, "< 200 OK", `< {"access_token":{"value":"[masked]"}}`} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("not shown: %s\n%s", want, &shown)
		}
	}
	if strings.Contains(shown.String(), secret) {
		t.Errorf("a secret is shown:\n%s", &shown)
	}
	if n := strings.Count(shown.String(), "> POST"); n != 1 {
		t.Errorf("shown %d times", n)
	}
}

func TestAFailedExchangeSaysWhy(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	var shown bytes.Buffer
	client := http.Client{Transport: &Transport{Mask: new(Mask), Record: func(x Exchange) { _ = x.Print(&shown) }}}
	answer, err := client.Get(server.URL)
	if err == nil {
		_ = answer.Body.Close()
		t.Fatal("a closed server answered")
	}
	if !strings.Contains(shown.String(), "< no answer") || !strings.Contains(shown.String(), "refused") {
		t.Errorf("shown is\n%s", &shown)
	}
}
