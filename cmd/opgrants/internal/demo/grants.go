package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// grants calls the service over its HTTP interface, with the shop's API token.
type grants struct {
	url, token string
	http       *http.Client
	clock      *clock // of the shop, if the service has another
}

type amount struct {
	Value string `json:"value"`
}

type limits struct {
	DebitAmount amount `json:"debitAmount"`
	Interval    string `json:"interval,omitempty"`
}

type grantRequest struct {
	WalletAddress string   `json:"walletAddress"`
	Limits        limits   `json:"limits"`
	Actions       []string `json:"actions"`
	Quote         bool     `json:"quote"`
	ReturnURL     string   `json:"returnUrl"`
	Reference     string   `json:"reference"`
}

type grantResource struct {
	ID, Status, ConsentURL string
	Failure                *struct{ Code, Detail string }
}

type tokenAnswer struct {
	AccessToken    string
	ExpiresAt      *time.Time
	ResourceServer string
}

// A problem is a problem details object (RFC 9457).
type problem struct {
	Status       int
	Code, Detail string
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

type tokenRequest struct {
	Code    string `json:"code,omitempty"`
	Refused string `json:"refused,omitempty"`
}

// request asks for a grant. A request with the same key may be repeated.
func (g *grants) request(ctx context.Context, key string, r grantRequest) (*grantResource, error) {
	return send[grantResource](ctx, g, http.MethodPost, "/grants", r, "Idempotency-Key", `"`+key+`"`)
}

// get reads a grant.
func (g *grants) get(ctx context.Context, id string) (*grantResource, error) {
	return send[grantResource](ctx, g, http.MethodGet, "/grants/"+url.PathEscape(id), nil)
}

// accessToken asks for an access token that works. The first request for a grant must
// have the code that came back with the browser.
func (g *grants) accessToken(ctx context.Context, id string, r tokenRequest) (*tokenAnswer, error) {
	answer, err := send[tokenAnswer](ctx, g, http.MethodPost, "/grants/"+url.PathEscape(id)+"/token", r)
	if err == nil && g.clock != nil && answer.ExpiresAt != nil {
		*answer.ExpiresAt = g.clock.fromReal(*answer.ExpiresAt)
	}
	return answer, err
}

// end revokes a grant.
func (g *grants) end(ctx context.Context, id string) error {
	_, err := send[struct{}](ctx, g, http.MethodDelete, "/grants/"+url.PathEscape(id), nil)
	return err
}

func send[A any](ctx context.Context, g *grants, method, path string, body any, header ...string) (*A, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, g.url+path, reader)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+g.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := g.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode/100 != 2 {
		p := &problem{Status: answer.StatusCode}
		_ = json.Unmarshal(text, p) // without these members it is still a problem
		return nil, p
	}
	var a A
	if len(text) > 0 { // 204 has none
		err = json.Unmarshal(text, &a)
	}
	return &a, err
}
