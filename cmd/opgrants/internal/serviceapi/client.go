package serviceapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// longestAnswer is how much of an answer is read, in bytes.
const longestAnswer = 4 << 20

// requestTime is how long a request may take. The service answers a payment after 27 s
// at the latest.
const requestTime = 40 * time.Second

// A Client calls one service.
type Client struct {
	url, token string
	http       *http.Client
}

// New returns a client of the service at url. An empty token sends none. way nil:
// [http.DefaultTransport]. It follows no redirects, which would take the token elsewhere.
func New(url, token string, way http.RoundTripper) *Client {
	return &Client{url: url, token: token, http: &http.Client{
		Timeout: requestTime, Transport: way,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Format prints the URL without the token.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.url) }

// RequestGrant asks for a grant. A request with the same key may be repeated.
func (c *Client) RequestGrant(ctx context.Context, key string, r GrantRequest) (*Grant, error) {
	return send[Grant](ctx, c, http.MethodPost, "/grants", r, "Idempotency-Key", key)
}

// Grant reads a grant.
func (c *Client) Grant(ctx context.Context, id string) (*Grant, error) {
	return send[Grant](ctx, c, http.MethodGet, grantPath(id), nil)
}

// Pay makes a payment, once for a key, and waits for its end, for wait at most. It
// returns a payment that has failed without an error.
func (c *Client) Pay(ctx context.Context, grant, key string, r PaymentRequest, wait time.Duration) (*Payment, error) {
	p, err := send[Payment](ctx, c, http.MethodPost, grantPath(grant)+"/payments", r,
		"Idempotency-Key", key, "Prefer", "wait="+strconv.Itoa(int(wait.Seconds())))
	var problem *Problem
	if errors.As(err, &problem) && problem.Payment != nil {
		return problem.Payment, nil
	}
	return p, err
}

// Payment reads a payment.
func (c *Client) Payment(ctx context.Context, grant, id string) (*Payment, error) {
	return send[Payment](ctx, c, http.MethodGet, grantPath(grant)+"/payments/"+url.PathEscape(id), nil)
}

// Spent reads what the wallet counts as spent of a grant's limits.
func (c *Client) Spent(ctx context.Context, grant string) (*Spent, error) {
	return send[Spent](ctx, c, http.MethodGet, grantPath(grant)+"/spent", nil)
}

// End revokes a grant.
func (c *Client) End(ctx context.Context, grant string) error {
	_, err := send[struct{}](ctx, c, http.MethodDelete, grantPath(grant), nil)
	return err
}

func grantPath(id string) string { return "/grants/" + url.PathEscape(id) }

// send sends a request and reads the JSON of its answer. Each status but 2xx is a
// [*Problem].
func send[A any](ctx context.Context, c *Client, method, path string, body any, header ...string) (*A, error) {
	r, err := c.request(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, longestAnswer))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode/100 != 2 {
		return nil, readProblem(answer, text)
	}
	var a A
	if len(text) == 0 { // 204 has none
		return &a, nil
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, &Problem{Status: answer.StatusCode, Detail: "The answer is not that of opgrants: is the URL right?"}
	}
	return &a, nil
}

func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, reader)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}
