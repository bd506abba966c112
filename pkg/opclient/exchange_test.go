package opclient

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// The classes of an error that say what is known.
var classes = map[error]string{
	ErrNotSent: "not sent", ErrOutcomeUnknown: "unknown", ErrRefused: "refused",
	ErrInvalidAnswer: "invalid", ErrTimeout: "timeout", ErrForbiddenAddress: "forbidden",
	context.Canceled: "cancelled",
}

// wantClasses checks that err is of these classes and of no other.
func wantClasses(t *testing.T, err error, want ...error) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	if _, ok := errors.AsType[*Error](err); !ok {
		t.Errorf("%v is no *Error", err)
	}
	for class, name := range classes {
		wanted := slices.Contains(want, class)
		if errors.Is(err, class) != wanted {
			t.Errorf("%s is %v, want %v: %v", name, !wanted, wanted, err)
		}
	}
}

// calls are all requests that change something, with the one answer that fits all.
var calls = map[string]func(*Client, string) error{
	"request": func(c *Client, url string) error {
		_, err := c.RequestGrant(context.Background(), url, outgoing())
		return err
	},
	"continue": func(c *Client, url string) error {
		_, err := c.Continue(context.Background(), Continue{URI: url, Token: "CONT-SECRET"}, "REF-SECRET")
		return err
	},
	"poll": func(c *Client, url string) error {
		_, err := c.Poll(context.Background(), Continue{URI: url, Token: "CONT-SECRET"})
		return err
	},
	"cancel": func(c *Client, url string) error {
		return c.Cancel(context.Background(), Continue{URI: url, Token: "CONT-SECRET"})
	},
	"rotate": func(c *Client, url string) error {
		_, err := c.Rotate(context.Background(), &Token{Value: "TOKEN-SECRET", Manage: url})
		return err
	},
	"revoke": func(c *Client, url string) error {
		return c.Revoke(context.Background(), &Token{Value: "TOKEN-SECRET", Manage: url})
	},
	"create an incoming payment": func(c *Client, url string) error {
		_, err := c.CreateIncomingPayment(context.Background(), alice(url), "TOKEN-SECRET", IncomingPaymentRequest{})
		return err
	},
	"complete an incoming payment": func(c *Client, url string) error {
		_, err := c.CompleteIncomingPayment(context.Background(), alice(url).ResourceServer, "TOKEN-SECRET")
		return err
	},
	"create a quote": func(c *Client, url string) error {
		_, err := c.CreateQuote(context.Background(), alice(url), "TOKEN-SECRET", QuoteRequest{Receiver: "https://wallet.example/incoming-payments/1"})
		return err
	},
	"create an outgoing payment": func(c *Client, url string) error {
		_, err := c.CreateOutgoingPayment(context.Background(), alice(url), "TOKEN-SECRET", OutgoingPaymentRequest{QuoteID: "https://wallet.example/quotes/1"})
		return err
	},
}

func TestWhatIsKnownOfARequestThatGotNoGoodAnswer(t *testing.T) {
	t.Parallel()
	hijack := func(write string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_, _ = io.WriteString(conn, write)
			_ = conn.Close()
		}
	}
	slow := func(first string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, first)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    []error
	}{
		"400 with a code":            {answer(400, `{"error":{"code":"too_fast"}}`), []error{ErrRefused}},
		"404 in plain text":          {hijack("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nNot Found"), []error{ErrRefused}},
		"401 with a broken body":     {hijack("HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\n{"), []error{ErrRefused}},
		"500":                        {answer(500, `{"error":{"code":"request_denied"}}`), []error{ErrOutcomeUnknown}},
		"503 in plain text":          {hijack("HTTP/1.1 503 Busy\r\n\r\nbusy"), []error{ErrOutcomeUnknown}},
		"302":                        {hijack("HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"), []error{ErrOutcomeUnknown, ErrInvalidAnswer}},
		"307 to a bad place":         {hijack("HTTP/1.1 307 Go\r\nConnection: close\r\nLocation: http://%zz\r\nContent-Length: 0\r\n\r\n"), []error{ErrOutcomeUnknown, ErrInvalidAnswer}},
		"302 with a good body":       {answer(302, pendingAnswer), []error{ErrOutcomeUnknown, ErrInvalidAnswer}},
		"999 with a good body":       {answer(999, pendingAnswer), []error{ErrOutcomeUnknown, ErrInvalidAnswer}},
		"999":                        {hijack("HTTP/1.1 999 What\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"), []error{ErrOutcomeUnknown, ErrInvalidAnswer}},
		"no answer":                  {hijack(""), []error{ErrOutcomeUnknown}},
		"no HTTP":                    {hijack("SSH-2.0-OpenSSH_9.2\r\n"), []error{ErrOutcomeUnknown}},
		"a broken header":            {hijack("HTTP/1.1 200 OK\r\nContent-Le"), []error{ErrOutcomeUnknown}},
		"a broken body":              {hijack("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"), []error{ErrOutcomeUnknown}},
		"a header of 1 MB":           {hijack("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"), []error{ErrOutcomeUnknown}},
		"a body of 10 MB":            {answer(200, `{"a":"`+strings.Repeat("x", 10<<20)+`"}`), []error{ErrOutcomeUnknown, ErrInvalidAnswer}},
		"no complete header in time": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, []error{ErrOutcomeUnknown, ErrTimeout}},
		"no complete body in time":   {slow(`{"`), []error{ErrOutcomeUnknown, ErrTimeout}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, c.handler)
			client := newClient(t, func(config *Config) {
				config.Timeout = 10 * time.Second
				if slices.Contains(c.want, ErrTimeout) {
					config.Timeout = 300 * time.Millisecond
				}
			})
			for call, do := range calls {
				before := len(s.requests())
				wantClasses(t, do(client, s.URL+"/x?secret=1"), c.want...)
				if sent := len(s.requests()) - before; sent != 1 {
					t.Errorf("%s was sent %d times", call, sent)
				}
			}
		})
	}
}

func TestARequestForWhichNoConnectionWasObtainedIsNotSent(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	s := newServer(t, answer(200, pendingAnswer))
	for name, c := range map[string]struct {
		url    string
		strict bool
		want   []error
	}{
		"nobody listens":              {"http://" + closed.Addr().String(), false, []error{ErrNotSent}},
		"no such host":                {"http://wallet.invalid/", false, []error{ErrNotSent}},
		"the handshake fails":         {strings.Replace(s.URL, "http:", "https:", 1), false, []error{ErrNotSent}},
		"http":                        {s.URL, true, []error{ErrNotSent, ErrForbiddenAddress}},
		"a private literal":           {"https://10.0.0.1/", true, []error{ErrNotSent, ErrForbiddenAddress}},
		"a name of a private address": {"https://localhost/", true, []error{ErrNotSent, ErrForbiddenAddress}},
		"another port":                {"https://wallet.example:8443/", true, []error{ErrNotSent, ErrForbiddenAddress}},
		"user information":            {"https://user:sesame@wallet.example/", false, []error{ErrNotSent, ErrForbiddenAddress}},
		"no URL":                      {"%", false, []error{ErrNotSent, ErrForbiddenAddress}},
		"nothing":                     {"", false, []error{ErrNotSent, ErrForbiddenAddress}},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, func(config *Config) { config.InsecureAllowLocal = !c.strict })
			for call, do := range calls {
				if c.url == "" && (call == "rotate" || call == "revoke") {
					continue // such a token has no URL to manage it
				}
				err := do(client, c.url)
				wantClasses(t, err, c.want...)
				if strings.Contains(fmt.Sprint(err), "sesame") {
					t.Errorf("%s: the error repeats the password: %v", call, err)
				}
			}
		})
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("the server saw %d requests", n)
	}
}

func TestATimeoutBeforeTheConnectionIsObtainedIsNotSent(t *testing.T) {
	client := newClient(t, func(c *Config) {
		c.HTTP = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}}
		c.Timeout = 10 * time.Millisecond
	})
	wantClasses(t, calls["continue"](client, "http://wallet.example/"), ErrNotSent, ErrTimeout)
}

func TestACancelledContext(t *testing.T) {
	got := make(chan struct{})
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) { close(got); <-r.Context().Done() })
	client := newClient(t)
	before, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancel := context.WithTimeout(context.Background(), -1)
	defer cancel()
	standard := newClient(t, func(c *Config) { c.HTTP = &http.Client{} })
	for _, c := range []*Client{client, standard} {
		wantClasses(t, c.Cancel(before, Continue{s.URL, "C", 0}), ErrNotSent, context.Canceled)
		wantClasses(t, c.Cancel(late, Continue{s.URL, "C", 0}), ErrNotSent, ErrTimeout)
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	during, cancel := context.WithCancel(context.Background())
	go func() { <-got; cancel() }()
	err := client.Cancel(during, Continue{s.URL, "C", 0})
	wantClasses(t, err, ErrOutcomeUnknown, context.Canceled)
	if n := strings.Count(fmt.Sprint(err), context.Canceled.Error()); n != 1 {
		t.Errorf("the error says %d times why: %v", n, err)
	}
}

// mute is a transport that fails and does not tell of its connections.
type mute struct{ err error }

func (m mute) RoundTrip(*http.Request) (*http.Response, error) { return nil, m.err }

func TestATransportThatDoesNotTellOfConnectionsLeavesTheOutcomeUnknown(t *testing.T) {
	for why, want := range map[error][]error{
		errors.New("something"): {ErrOutcomeUnknown},
		os.ErrDeadlineExceeded:  {ErrOutcomeUnknown, ErrTimeout}, // a limit of the transport's own
		ErrForbiddenAddress:     {ErrNotSent, ErrForbiddenAddress},
	} {
		client := newClient(t, func(c *Config) { c.HTTP = &http.Client{Transport: mute{why}} })
		err := calls["continue"](client, "http://wallet.example/")
		wantClasses(t, err, want...)
		if !strings.HasSuffix(fmt.Sprint(err), ": "+why.Error()) || strings.Contains(fmt.Sprint(err), "%!") {
			t.Errorf("got %v", err)
		}
	}
}

// cancelling is a transport that fails because of the context and does not say so.
type cancelling struct{ cancel func() }

func (c cancelling) RoundTrip(*http.Request) (*http.Response, error) {
	c.cancel()
	return nil, io.ErrClosedPipe
}

func TestTheErrorOfACancelledRequestNamesTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := newClient(t, func(c *Config) { c.HTTP = &http.Client{Transport: cancelling{cancel}} })
	wantClasses(t, client.Cancel(ctx, Continue{"http://wallet.example/", "C", 0}), ErrOutcomeUnknown, context.Canceled)
}

func TestARequestThatCannotBeMadeIsNotSent(t *testing.T) {
	s := newServer(t, answer(200, pendingAnswer))
	_, err := newClient(t).do(t.Context(), &exchange{op: "try", method: "A B", url: s.URL})
	wantClasses(t, err, ErrNotSent)
	client := newClient(t, func(c *Config) { c.Key = failing{testKey} })
	wantClasses(t, calls["continue"](client, s.URL), ErrNotSent)
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A failing key cannot sign now.
type failing struct{ crypto.Signer }

func (failing) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the key is out of reach")
}

func TestWhatTheServerSaysIsPassedOnWithoutSecrets(t *testing.T) {
	for name, c := range map[string]struct{ contentType, body, code, description string }{
		"a code and a description":   {"application/json", `{"error":{"code":"invalid_client","description":"no key"}}`, "invalid_client", "no key"},
		"a validation error":         {"application/json", `{"error":{"description":"body.access_token is missing"}}`, "", "body.access_token is missing"},
		"the short form of the RFC":  {"application/json", `{"error":"too_fast"}`, "too_fast", ""},
		"plain text":                 {"text/plain; charset=utf-8", "Not\n\tFound\x00", "", "Not Found"},
		"plain text with spaces":     {"text/plain; charset=utf-8", "Not  Found", "", "Not Found"},
		"a page":                     {"text/html", "<h1>Not Found</h1>", "", ""},
		"nothing":                    {"", "", "", ""},
		"other JSON":                 {"application/json", `{"reply":"no"}`, "", ""},
		"types that are not strings": {"application/json", `{"error":{"code":7,"description":{"x":1}}}`, "7", ""},
		"no object":                  {"application/json", `[1]`, "", ""},
		"our secrets":                {"application/json", `{"error":{"code":"x","description":"CONT-SECRET and REF-SECRET"}}`, "x", "REDACTED and REDACTED"},
		"the longest text":           {"text/plain", strings.Repeat("é", 200), "", strings.Repeat("é", 200)},
		"a long text":                {"text/plain", strings.Repeat("é", 1000), "", strings.Repeat("é", 200) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.contentType)
				w.WriteHeader(403)
				_, _ = io.WriteString(w, c.body)
			})
			err := calls["continue"](newClient(t), s.URL+"/continue/1?q=hidden")
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Status != 403 || e.Code != c.code || e.Description != c.description || e.URL != s.URL+"/continue/1" {
				t.Fatalf("got %#v", e)
			}
			if HasCode(err, "invalid_client") != (c.code == "invalid_client") {
				t.Error("HasCode does not see the code")
			}
			for _, secret := range []string{"CONT-SECRET", "REF-SECRET", "hidden", "\n"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds %q: %v", secret, err)
				}
			}
		})
	}
}

func TestASignatureThatTheServerRepeatsIsNotPassedOn(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(401)
		_, _ = io.WriteString(w, "bad signature "+r.Header.Get("Signature")+" of "+r.Header.Get("Authorization"))
	})
	err := calls["rotate"](newClient(t), s.URL)
	e, _ := errors.AsType[*Error](err)
	if e == nil || e.Description != "bad signature sig1=:REDACTED: of GNAP REDACTED" {
		t.Errorf("got %v", err)
	}
}
