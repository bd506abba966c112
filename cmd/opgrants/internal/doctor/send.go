package doctor

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	serviceTime = 15 * time.Second
	maxPage     = 64 << 10
)

// A reply is what the service answers, or what is in front of it.
type reply struct {
	status int
	at     *url.URL // that answered, after redirects
	body   []byte
}

// send sends one request to the service and reads the answer. It follows redirects as
// a browser does, unless the request has a token.
func (d *doctor) send(ctx context.Context, method, address string, header http.Header, body io.Reader) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, serviceTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	r.Header = header
	client := &http.Client{Transport: d.Services}
	if header.Get("Authorization") != "" {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	got, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(got.Body, maxPage))
	return &reply{got.StatusCode, got.Request.URL, text}, err
}
