//go:build tools

package deployment_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

var root = aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"} // of the emulated account

// toAPI is a request to the stack's HTTP API.
func (s *stack) toAPI(t *testing.T, method, path string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.endpoint+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = s.host
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// signed signs a request with Signature Version 4.
func signed(t *testing.T, r *http.Request, as aws.Credentials, service string) *http.Request {
	t.Helper()
	var body []byte
	if r.GetBody != nil {
		reader, err := r.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		if body, err = io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
	}
	hash := sha256.Sum256(body)
	if err := signer.NewSigner().SignHTTP(t.Context(), as, r, hex.EncodeToString(hash[:]), service, region, time.Now()); err != nil {
		t.Fatal(err)
	}
	return r
}

// app sends a request as an app in the account does.
func (s *stack) app(t *testing.T, method, path, body string, headers ...string) events.APIGatewayV2HTTPResponse {
	t.Helper()
	r := s.toAPI(t, method, path, []byte(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if s.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+s.bearer)
		return s.gateway(t, r)
	}
	return s.gateway(t, signed(t, r, s.shop, "execute-api"))
}

// call asks an AWS service, and fails the test unless it says yes.
func (s *stack) call(t *testing.T, service, method, path string, header http.Header, body []byte) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.endpoint+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	response, answer := s.send(t, signed(t, r, root, service))
	if response.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s: %s", service, path, response.Status, answer)
	}
	return response, answer
}

// query asks a service that takes forms and answers in XML, and fails the test
// unless it says yes.
func (s *stack) query(t *testing.T, service string, answer any, parameters ...string) {
	t.Helper()
	response, body := s.send(t, s.form(t, service, parameters...))
	if response.StatusCode/100 != 2 {
		t.Fatalf("%s: %s: %s", service, response.Status, body)
	}
	if answer == nil {
		return
	}
	if err := xml.Unmarshal(body, answer); err != nil {
		t.Fatalf("%s: %v: %s", service, err, body)
	}
}

func (s *stack) form(t *testing.T, service string, parameters ...string) *http.Request {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.endpoint+"/", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return signed(t, r, root, service)
}

// ask asks a service that takes JSON and names what it shall do in a header.
func (s *stack) ask(t *testing.T, service, target string, input, answer any) {
	t.Helper()
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	_, body := s.call(t, service, http.MethodPost, "/", http.Header{"X-Amz-Target": {target}, "Content-Type": {"application/x-amz-json-1.1"}}, text)
	if err := json.Unmarshal(body, answer); err != nil {
		t.Fatalf("%s: %v: %s", target, err, body)
	}
}

// rest asks a service that has a path for each thing. Without an input it sends
// no body.
func (s *stack) rest(t *testing.T, service, method, path string, input, answer any) {
	t.Helper()
	var text []byte
	if input != nil {
		var err error
		if text, err = json.Marshal(input); err != nil {
			t.Fatal(err)
		}
	}
	_, body := s.call(t, service, method, path, nil, text)
	if err := json.Unmarshal(body, answer); err != nil {
		t.Fatalf("%s %s: %v: %s", service, path, err, body)
	}
}

func (s *stack) send(t *testing.T, r *http.Request) (*http.Response, []byte) {
	t.Helper()
	client := &http.Client{
		Timeout:       40 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true}, // one that was idle may be closed while it is used
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}
