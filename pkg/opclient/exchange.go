package opclient

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/opgrants/opgrants/internal/netguard"
)

// maxAnswer bounds the body of an answer. A grant takes about 1 KB.
const maxAnswer = 128 << 10

// An exchange is one request and its answer. Nothing is ever sent twice.
type exchange struct {
	op     string
	method string
	url    string
	token  Secret // for Authorization; empty: none
	body   []byte // JSON; nil: none
	signed bool
	// secrets are taken out of what the server says, should it repeat them.
	secrets []Secret
	// reads is set if the request changes nothing at the server, and may be
	// redirected: an answer that cannot be used then leaves nothing unknown.
	reads bool
	max   int // of the answer's body; 0: maxAnswer
}

// A reply is a complete answer: a 2xx, or for a request that reads also a 3xx.
type reply struct {
	status int
	header http.Header
	body   []byte
	url    *url.URL
}

// do sends x and reads the whole answer.
func (c *Client) do(ctx context.Context, x *exchange) (*reply, error) {
	u, err := netguard.ParseURL(x.url, c.insecure)
	if err != nil {
		return nil, x.fail(0, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	switch err := ctx.Err(); {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, x.fail(0, fmt.Errorf("%w, %w: %w", ErrTimeout, ErrNotSent, err))
	case err != nil:
		return nil, x.fail(0, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	var progress progress
	request, err := c.request(progress.watch(ctx), x, u)
	if err != nil {
		return nil, x.fail(0, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	response, err := c.transport.RoundTrip(request)
	if err != nil {
		return nil, x.fail(0, progress.classify(ctx, err))
	}
	defer func() { _ = response.Body.Close() }()
	limit := cmp.Or(x.max, maxAnswer)
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(limit)+1))
	switch status := response.StatusCode; {
	case status/100 == 4: // a no is a no, however its reasons end
		return nil, x.refusal(response, body)
	case err != nil:
		return nil, x.fail(status, progress.classify(ctx, err))
	case status/100 == 5:
		return nil, x.fail(status, ErrOutcomeUnknown)
	case status/100 == 3 && !x.reads:
		return nil, x.invalid(status, errors.New("the server redirects, which is not followed"))
	case status/100 != 2 && status/100 != 3:
		return nil, x.invalid(status, errors.New("the status is none that HTTP knows"))
	case len(body) > limit:
		return nil, x.invalid(status, fmt.Errorf("the answer is larger than %d KiB", limit>>10))
	}
	return &reply{response.StatusCode, response.Header, body, u}, nil
}

func (c *Client) request(ctx context.Context, x *exchange, u *url.URL) (*http.Request, error) {
	var body io.Reader
	if x.body != nil {
		body = bytes.NewReader(x.body)
	}
	r, err := http.NewRequestWithContext(ctx, x.method, u.String(), body)
	if err != nil {
		return nil, err
	}
	r.URL = u
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "opgrants")
	if x.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if x.token != "" {
		r.Header.Set("Authorization", "GNAP "+string(x.token)) // RFC 9635 section 7.2
	}
	if !x.signed {
		return r, nil
	}
	if c.sign == nil {
		return nil, &InvalidError{Field: "key", Reason: "this client has no key; give it one to " + x.op}
	}
	if err := c.sign.Sign(r); err != nil {
		return nil, err
	}
	// The server checks no freshness, so whoever reads a signature can use it.
	_, signature, _ := strings.Cut(r.Header.Get("Signature"), "=")
	x.secrets = append(x.secrets, Secret(strings.Trim(signature, ":")))
	return r, nil
}

// progress is how far a request got.
type progress struct{ asked, got atomic.Bool }

func (p *progress) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { p.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { p.got.Store(true) },
	})
}

// classify says what is known of a request that got no complete answer. It was
// not sent only if a connection was asked for and none was obtained; a transport
// that tells neither leaves it unknown.
func (p *progress) classify(ctx context.Context, err error) error {
	known := ErrOutcomeUnknown
	if !p.got.Load() && (p.asked.Load() || errors.Is(err, ErrForbiddenAddress)) {
		known = ErrNotSent
	}
	var network net.Error
	if ctx.Err() == context.DeadlineExceeded || errors.As(err, &network) && network.Timeout() {
		return fmt.Errorf("%w, %w: %w", ErrTimeout, known, err)
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		return fmt.Errorf("%w: %w: %w", known, ctx.Err(), err)
	}
	return fmt.Errorf("%w: %w", known, err)
}
