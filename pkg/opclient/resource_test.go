package opclient

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// alice has her resource server at url, but for its query.
func alice(url string) *WalletAddress {
	base, _, _ := strings.Cut(url, "?")
	return &WalletAddress{ID: "https://wallet.example/alice", ResourceServer: base}
}

// reads are the signed requests that change nothing; url is what they read, or
// what they read below.
var reads = map[string]func(*Client, string, Secret) error{
	"an incoming payment": func(c *Client, url string, token Secret) error {
		_, err := c.IncomingPayment(context.Background(), url, token)
		return err
	},
	"a quote": func(c *Client, url string, token Secret) error {
		_, err := c.Quote(context.Background(), url, token)
		return err
	},
	"an outgoing payment": func(c *Client, url string, token Secret) error {
		_, err := c.OutgoingPayment(context.Background(), url, token)
		return err
	},
	"spent amounts": func(c *Client, url string, token Secret) error {
		_, err := c.SpentAmounts(context.Background(), alice(url), token)
		return err
	},
	"a page of incoming payments": func(c *Client, url string, token Secret) error {
		_, err := c.incomingPaymentPage(context.Background(), alice(url), token, "")
		return err
	},
	"all outgoing payments": func(c *Client, url string, token Secret) error {
		for _, err := range c.OutgoingPayments(context.Background(), alice(url), token) {
			return err
		}
		return nil
	},
	"a search": func(c *Client, url string, token Secret) error {
		_, err := c.FindOutgoingPayment(context.Background(), alice(url), token, &Quote{ID: "https://wallet.example/quotes/1"})
		return err
	},
}

// everyAnswer holds what each of the reads looks for.
const everyAnswer = `{"id":"https://wallet.example/1","walletAddress":"https://wallet.example/alice","receiver":"https://bank.example/incoming-payments/1",` +
	`"debitAmount":` + oneUSD + `,"receiveAmount":` + oneUSD + `,"sentAmount":` + oneUSD + `,"receivedAmount":` + oneUSD + `,` +
	`"createdAt":"2026-01-12T23:20:50.52Z","method":"ilp","methods":[],"completed":true,"spentDebitAmount":null,"spentReceiveAmount":null,` +
	`"pagination":{"hasPreviousPage":false,"hasNextPage":false},"result":[]}`

const oneUSD = `{"value":"1","assetCode":"USD","assetScale":0}`

func TestEveryAnswerIsWhatEachReadLooksFor(t *testing.T) {
	for name, do := range reads {
		if err := do(newClient(t), newServer(t, answer(200, everyAnswer)).URL, "TOKEN"); err != nil && !errors.Is(err, ErrNotPaid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheTokenIsNotRepeated(t *testing.T) {
	for name, do := range reads {
		s := newServer(t, refuses(401, "text/plain", "nobody knows the token T0K3N"))
		err := do(newClient(t), s.URL, "T0K3N")
		if e, ok := errors.AsType[*Error](err); !ok || e.Description != "nobody knows the token REDACTED" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestReadingIsSignedAndCarriesTheTokenAndNothingElse(t *testing.T) {
	for name, do := range reads {
		s := newServer(t, answer(404, ""))
		_ = do(newClient(t), s.URL+"/r/1", "TOKEN")
		r := s.only(t)
		verify(t, r)
		if r.Method != http.MethodGet || len(r.body) != 0 || r.Header.Get("Authorization") != "GNAP TOKEN" ||
			r.Header.Get("Content-Digest") != "" || r.Header.Get("Accept") != "application/json" {
			t.Errorf("%s: sent %s %s with %v and %d bytes", name, r.Method, r.RequestURI, r.Header, len(r.body))
		}
	}
}

func TestAnAnswerOfNoUseToAReaderLeavesNothingUnknown(t *testing.T) {
	elsewhere := newServer(t, answer(200, quoteAnswer))
	for name, handler := range map[string]http.HandlerFunc{
		"a page":        func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"an empty body": answer(200, ""),
		"an array":      answer(200, "[]"),
		"null":          answer(200, "null"),
		"nothing in it": answer(200, "{}"),
		"no content":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
		},
		"a redirect with all that is wanted": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			answer(302, everyAnswer)(w, r)
		},
		"10 MB": answer(200, `{"a":"`+strings.Repeat("x", 10<<20)+`"}`),
	} {
		s := newServer(t, handler)
		for read, do := range reads {
			err := do(newClient(t), s.URL+"/r/1", "TOKEN")
			if !errors.Is(err, ErrInvalidAnswer) || errors.Is(err, ErrOutcomeUnknown) {
				t.Errorf("%s, %s: got %v", name, read, err)
			}
		}
	}
	if n := len(elsewhere.requests()); n != 0 {
		t.Errorf("the redirect was followed %d times", n)
	}
}

func TestATokenThatIsNoneIsNotSent(t *testing.T) {
	s := newServer(t, answer(404, ""))
	for _, token := range []Secret{"", "two words", "line\nbreak", "é"} {
		for name, do := range reads {
			err := do(newClient(t), s.URL+"/r/1", token)
			if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != "token" {
				t.Errorf("%s with %q: got %v", name, string(token), err)
			}
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestTheCharactersOfAToken(t *testing.T) {
	for c := range 256 {
		s := string([]byte{'a', byte(c), 'b'})
		if got, want := visible(s), c > 0x20 && c < 0x7f; got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
	if visible("") {
		t.Error("no text is one")
	}
}

func TestWhereAResourceServerMustNotBeNothingIsSent(t *testing.T) {
	s := newServer(t, answer(404, ""))
	strict := newClient(t, func(c *Config) { c.InsecureAllowLocal = false })
	for _, url := range []string{s.URL, "https://10.0.0.1/r", "https://wallet.example:8443/r", "https://u:p@wallet.example/r", "r"} {
		for name, do := range reads {
			if err := do(strict, url, "TOKEN"); !errors.Is(err, ErrForbiddenAddress) || !errors.Is(err, ErrNotSent) {
				t.Errorf("%s at %s: got %v", name, url, err)
			}
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestAResourceServerWithASlashAtItsEndIsTheSame(t *testing.T) {
	for _, end := range []string{"", "/"} {
		s := newServer(t, answer(201, quoteAnswer))
		wallet := alice(s.URL + "/op" + end)
		if _, err := newClient(t).CreateQuote(context.Background(), wallet, "TOKEN", QuoteRequest{Receiver: "https://wallet.example/incoming-payments/1"}); err != nil {
			t.Fatal(err)
		}
		if got := s.only(t).RequestURI; got != "/op/quotes" {
			t.Errorf("sent to %s", got)
		}
	}
}

func TestAResourceServerWithAQueryIsRefused(t *testing.T) {
	c := newClient(t)
	wallet := &WalletAddress{ID: "https://wallet.example/alice", ResourceServer: "https://wallet.example/?tenant=1"}
	_, created := c.CreateIncomingPayment(context.Background(), wallet, "TOKEN", IncomingPaymentRequest{})
	_, spent := c.SpentAmounts(context.Background(), wallet, "TOKEN")
	_, listed := c.outgoingPaymentPage(context.Background(), wallet, "TOKEN", "")
	_, completed := c.CompleteIncomingPayment(context.Background(), "https://wallet.example/incoming-payments/1?x", "TOKEN")
	_, quoted := c.CreateQuote(context.Background(), wallet, "TOKEN", QuoteRequest{Receiver: "https://wallet.example/incoming-payments/1"})
	_, paid := c.CreateOutgoingPayment(context.Background(), wallet, "TOKEN", OutgoingPaymentRequest{QuoteID: "https://wallet.example/quotes/1"})
	for _, err := range []error{created, spent, listed, completed, quoted, paid} {
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || !strings.Contains(invalid.Reason, "query") {
			t.Errorf("got %v", err)
		}
	}
}

func TestAPaymentAtAnotherHostThanTheWalletsIsReadThere(t *testing.T) {
	bank := newServer(t, answer(200, incomingAnswer))
	resourceServer := newServer(t, answer(404, ""))
	got, err := newClient(t).IncomingPayment(context.Background(), bank.URL+"/incoming-payments/1", "TOKEN")
	if err != nil || got.ReceivedAmount.Value != "0" {
		t.Errorf("got %+v, %v", got, err)
	}
	if bank.only(t).Host == httptestHost(resourceServer.Server) || len(resourceServer.requests()) != 0 {
		t.Error("it was asked for elsewhere")
	}
}

func httptestHost(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }
