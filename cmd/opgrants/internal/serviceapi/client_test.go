package serviceapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const token = "token-0123456789-abcdef"

// answers starts a service with one answer, and returns a client of it and what it heard.
func answers(t *testing.T, status int, header http.Header, body string) (*Client, *[]*http.Request) {
	t.Helper()
	var mu sync.Mutex
	var heard []*http.Request
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(text)))
		mu.Lock()
		heard = append(heard, r)
		mu.Unlock()
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(service.Close)
	return New(service.URL, token, nil), &heard
}

func TestAPaymentIsAskedForWithItsKeyAndItsWait(t *testing.T) {
	c, heard := answers(t, 201, nil, `{"id":"p","status":"completed"}`)
	p, err := c.Pay(t.Context(), "a/b", "order-7", PaymentRequest{Code: "c"}, 10*time.Second)
	if err != nil || p.ID != "p" || !p.IsDecided() {
		t.Fatalf("%+v, %v", p, err)
	}
	r := (*heard)[0]
	body, _ := io.ReadAll(r.Body)
	if r.URL.EscapedPath() != "/grants/a%2Fb/payments" || r.Header.Get("Idempotency-Key") != "order-7" || r.Header.Get("Prefer") != "wait=10" ||
		r.Header.Get("Authorization") != "Bearer "+token || string(body) != `{"code":"c"}` {
		t.Errorf("%s %v %s", r.URL, r.Header, body)
	}
}

func TestAPaymentThatHasFailedIsAPayment(t *testing.T) {
	c, _ := answers(t, 402, nil, `{"status":402,"code":"payment_failed","detail":"d","payment":{"id":"p","status":"failed","failure":{"code":"price_changed"}}}`)
	p, err := c.Pay(t.Context(), "g", "k", PaymentRequest{}, 0)
	if err != nil || p.Status != Failed || p.Failure.Code != "price_changed" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestEachOtherAnswerIsAProblem(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		header  http.Header
		body    string
		says    string
		mayPass bool
	}{
		"a problem":             {422, nil, `{"status":422,"code":"invalid_request","detail":"Mend it."}`, "422 invalid_request: Mend it.", false},
		"one that passes":       {503, http.Header{"Retry-After": {"2"}}, `{"code":"busy","detail":"Wait."}`, "503 busy: Wait.", true},
		"a web page":            {404, nil, "<!doctype html>", "404: The answer is not that of opgrants", false},
		"a redirect":            {303, http.Header{"Location": {"https://elsewhere.example/"}}, "", "303: ", false},
		"a web page, 200":       {200, nil, "<!doctype html>", "200: The answer is not that of opgrants", false},
		"somebody else's error": {502, nil, `{"message":"Bad Gateway"}`, "502: ", true},
	} {
		t.Run(name, func(t *testing.T) {
			client, heard := answers(t, c.status, c.header, c.body)
			_, err := client.Grant(t.Context(), "g")
			var p *Problem
			if !errors.As(err, &p) || !strings.HasPrefix(err.Error(), c.says) || p.MayPass() != c.mayPass || len(*heard) != 1 {
				t.Errorf("%v, %d requests", err, len(*heard))
			}
			if c.header.Get("Retry-After") != "" && p.RetryAfter != 2*time.Second {
				t.Errorf("again after %s", p.RetryAfter)
			}
		})
	}
}

func TestAClientPrintsNoToken(t *testing.T) {
	c := New("http://127.0.0.1:1", token, nil)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, c); strings.Contains(text, token) {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}
