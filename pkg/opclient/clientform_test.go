package opclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	objectForm = `"client":{"walletAddress":"https://shop.example/.well-known/pay"}}`
	stringForm = `"client":"https://shop.example/.well-known/pay"}`
)

// form names the form of the member client in a request.
func form(t *testing.T, r seen) string {
	t.Helper()
	switch {
	case bytes.HasSuffix(r.body, []byte(objectForm)):
		return "object"
	case bytes.HasSuffix(r.body, []byte(stringForm)):
		return "string"
	}
	t.Fatalf("the body is %s", r.body)
	return ""
}

// takes returns a server that takes these forms of the member client, and answers
// other ones with 400 and text.
func takes(t *testing.T, text string, forms ...string) *server {
	t.Helper()
	var s *server
	s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
		all := s.requests()
		if slices.Contains(forms, form(t, all[len(all)-1])) {
			answer(200, pendingAnswer)(w, r)
			return
		}
		answer(400, text)(w, r)
	})
	return s
}

func forms(t *testing.T, s *server) (got []string) {
	t.Helper()
	for _, r := range s.requests() {
		got = append(got, form(t, r))
	}
	return got
}

const invalidBody = `{"error":{"description":"Received error validating OpenAPI request: body.client must be string"}}`

func TestAServerThatTakesOnlyAStringIsAskedAgainAndRemembered(t *testing.T) {
	s := takes(t, invalidBody, "string")
	client := newClient(t)
	other, err := client.WithKey("https://shop.example/.well-known/pay", "key-2", testKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Client{client, client, other} {
		g, err := c.RequestGrant(context.Background(), s.URL+"/auth", outgoing())
		if err != nil || g.Interact == nil {
			t.Fatalf("got %+v, %v", g, err)
		}
	}
	if got, want := forms(t, s), []string{"object", "string", "string", "string"}; !slices.Equal(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
	nonces := map[string]bool{}
	for _, r := range s.requests() {
		nonces[verify(t, r).Nonce] = true
	}
	if len(nonces) != 4 {
		t.Errorf("%d signatures for 4 requests", len(nonces))
	}
}

func TestAServerThatTakesNoStringAnyMoreIsAskedWithTheObjectAgain(t *testing.T) {
	s := takes(t, invalidBody, "object")
	c := newClient(t)
	c.forms.save(c.originOf(s.URL), true)
	for range 2 {
		if _, err := c.RequestGrant(context.Background(), s.URL, outgoing()); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := forms(t, s), []string{"string", "object", "object"}; !slices.Equal(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
}

func TestAFormThatDidNotSucceedIsNotRemembered(t *testing.T) {
	s := takes(t, invalidBody)
	c := newClient(t)
	for range 2 {
		_, err := c.RequestGrant(context.Background(), s.URL, outgoing())
		wantClasses(t, err, ErrRefused)
	}
	if got, want := forms(t, s), []string{"object", "string", "object", "string"}; !slices.Equal(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
}

func TestOnlyA400WithoutACodeIsAskedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		text   string
		again  bool
	}{
		"a failed validation":     {400, invalidBody, true},
		"a message":               {400, `{"statusCode":400,"message":"body/client must be string"}`, true},
		"a problem document":      {400, `{"title":"Bad Request","detail":"client"}`, true},
		"a code that is not GNAP": {400, `{"code":"FST_ERR_VALIDATION","message":"body/client must be string"}`, true},
		"plain text":              {400, `Bad Request`, true},
		"nothing":                 {400, ``, true},
		"a web page":              {400, `<html>Bad Request</html>`, true},
		"a code":                  {400, `{"error":{"code":"invalid_client","description":"client"}}`, false},
		"a code as a string":      {400, `{"error":"invalid_request"}`, false},
		"an OAuth error":          {400, `{"error":"invalid_request","error_description":"client"}`, false},
		"401":                     {401, `{"error":{"description":"client"}}`, false},
		"404":                     {404, `Not Found`, false},
		"422":                     {422, `{"message":"client"}`, false},
		"429":                     {429, ``, false},
		"500":                     {500, ``, false},
		"a 200 that is no answer": {200, `{"error":{"description":"client"}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, answer(c.status, c.text))
			if _, err := newClient(t).RequestGrant(context.Background(), s.URL, outgoing()); err == nil {
				t.Fatal("no error")
			}
			if again := len(s.requests()) == 2; again != c.again {
				t.Errorf("%d requests were sent", len(s.requests()))
			}
		})
	}
}

// A continue and the other calls have no member client.
func TestOnlyAGrantRequestIsAskedAgain(t *testing.T) {
	for call, do := range calls {
		s := newServer(t, answer(400, invalidBody))
		wantClasses(t, do(newClient(t), s.URL), ErrRefused)
		if want := map[bool]int{true: 2, false: 1}[call == "request"]; len(s.requests()) != want {
			t.Errorf("%s was sent %d times, want %d", call, len(s.requests()), want)
		}
	}
}

func TestTheErrorOfBothFormsIsTheOneThatExplainsMore(t *testing.T) {
	say := func(description string) string { return fmt.Sprintf(`{"error":{"description":%q}}`, description) }
	for name, c := range map[string]struct {
		object, text string
		status       int // of the answer to the string
		want         string
	}{
		"an older server refuses something else too": {say("body.client must be string"), say("body.limits.receiver is wrong"), 400, "body.limits.receiver is wrong"},
		"a newer server refuses something else":      {say("body.limits.receiver is wrong"), say("body.client must be object"), 400, "body.limits.receiver is wrong"},
		"both are taken, and something else is not":  {say("body.limits.receiver is wrong"), say("body.limits.receiver is wrong"), 400, "body.limits.receiver is wrong"},
		"the older server does not know the client":  {say("body.client must be string"), `{"error":{"code":"invalid_client","description":"client unknown"}}`, 400, "client unknown"},
		"the string is refused for a while":          {say("body.client must be string"), `{"message":"client limit"}`, 429, "client limit"},
	} {
		t.Run(name, func(t *testing.T) {
			var s *server
			s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if len(s.requests()) == 1 {
					answer(400, c.object)(w, r)
					return
				}
				answer(c.status, c.text)(w, r)
			})
			_, err := newClient(t).RequestGrant(context.Background(), s.URL, outgoing())
			if e, ok := errors.AsType[*Error](err); !ok || e.Description != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// The server has refused the first request, so what is known of both is what is known
// of the second.
func TestWhatIsKnownOfAGrantRequestIsWhatIsKnownOfTheSecond(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second http.HandlerFunc
		want   []error
	}{
		"503":      {answer(503, ""), []error{ErrOutcomeUnknown}},
		"too slow": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, []error{ErrOutcomeUnknown, ErrTimeout}},
		"no grant": {answer(200, `{}`), []error{ErrOutcomeUnknown, ErrInvalidAnswer}},
	} {
		t.Run(name, func(t *testing.T) {
			var s *server
			s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if len(s.requests()) == 1 {
					answer(400, invalidBody)(w, r)
					return
				}
				c.second(w, r)
			})
			client := newClient(t, func(config *Config) { config.Timeout = 300 * time.Millisecond })
			_, err := client.RequestGrant(context.Background(), s.URL, outgoing())
			wantClasses(t, err, c.want...)
			if n := len(s.requests()); n != 2 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestBothFormsTogetherTakeAtMostTheTimeout(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(600 * time.Millisecond):
			answer(400, invalidBody)(w, r)
		case <-r.Context().Done():
		}
	})
	client := newClient(t, func(config *Config) { config.Timeout = time.Second })
	begin := time.Now()
	_, err := client.RequestGrant(context.Background(), s.URL, outgoing())
	wantClasses(t, err, ErrOutcomeUnknown, ErrTimeout)
	if took := time.Since(begin); took > 1150*time.Millisecond {
		t.Errorf("it took %s", took)
	}
}

func TestTheServersThatTakeAStringAreLimited(t *testing.T) {
	var f clientForms
	for i := range 3 * maxStringOrigins {
		origin := fmt.Sprintf("https://w%d.example:443", i)
		f.save(origin, true)
		f.save(origin, true)
		if !f.wantsString(origin) || len(f.origins) != min(i+1, maxStringOrigins) {
			t.Fatalf("after %d: %d are remembered, the last one: %v", i+1, len(f.origins), f.wantsString(origin))
		}
	}
	for origin := range f.origins {
		f.save(origin, false)
	}
	if len(f.origins) != 0 {
		t.Errorf("%d are still remembered", len(f.origins))
	}
}

func TestAServerIsRememberedByItsOrigin(t *testing.T) {
	c := newClient(t)
	c.forms.save(c.originOf("https://w.example/auth"), true)
	for url, want := range map[string]bool{
		"https://w.example": true, "https://W.example:443/other": true,
		"https://w.example:8443/auth": false, "http://w.example/auth": false, "https://v.example/auth": false, "": false, "%": false,
	} {
		if got := c.forms.wantsString(c.originOf(url)); got != want {
			t.Errorf("%q: %v, want %v", url, got, want)
		}
	}
	if strings.Contains(c.originOf("https://w.example/auth"), "auth") {
		t.Error("an origin has no path")
	}
}
