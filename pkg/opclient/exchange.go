package opclient

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
)

// maxAnswer limits the body of an answer, before and after decompression. A
// grant takes about 1 KB.
const maxAnswer = 128 << 10

// An exchange is one request and its answer.
type exchange struct {
	op     string
	method string
	url    string
	token  Secret // for Authorization; "": none
	body   []byte // JSON; nil: none
	signed bool
	// secrets are removed from what the server says, in case it repeats them.
	secrets []Secret
	// reads is set if the request changes nothing at the server. It is then
	// repeated once after a connection error, and an answer that cannot be used
	// does not leave an unknown outcome.
	reads   bool
	max     int    // of the answer's body; 0: maxAnswer
	expects string // what the answer is, for errors; "": an Open Payments answer

	now    func() time.Time
	status int         // of the answer, once there is one
	header http.Header // of the answer, once there is one
	lost   bool        // the connection failed
}

// A reply is a complete answer: a 2xx, or a 3xx if the request reads.
type reply struct {
	status  int
	header  http.Header
	body    []byte // decompressed
	url     *url.URL
	expects string
}

// do sends x and reads the whole answer, all within the client's timeout. Only a
// request that reads is repeated, once, after a connection error.
func (c *Client) do(ctx context.Context, x *exchange) (*reply, error) {
	x.now, x.expects = c.now, cmp.Or(x.expects, "an Open Payments answer")
	u, err := netguard.ParseURL(x.url, c.insecure)
	if err != nil {
		return nil, x.fail(0, fmt.Errorf("%w: %w", ErrNotSent, err))
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r, err := c.try(ctx, x, u)
	if x.lost && x.reads && ctx.Err() == nil {
		r, err = c.try(ctx, x, u)
	}
	return r, err
}

// try sends x once.
func (c *Client) try(ctx context.Context, x *exchange, u *url.URL) (*reply, error) {
	x.header, x.lost = nil, false
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
		x.lost = !errors.Is(err, ErrForbiddenAddress)
		return nil, x.fail(0, progress.classify(ctx, x, err))
	}
	x.status, x.header = response.StatusCode, response.Header
	if response.StatusCode < 200 {
		// After 101 the body is the connection itself, which no deadline ends.
		_ = response.Body.Close()
		return nil, x.invalid(response.StatusCode, errors.New("the server switches to another protocol"))
	}
	body, err := readBody(ctx, response, cmp.Or(x.max, maxAnswer))
	return c.read(ctx, x, &progress, response, body, err, u)
}

// read decides what an answer is by its status. bodyErr is why its body could not
// be read.
func (c *Client) read(ctx context.Context, x *exchange, progress *progress, response *http.Response, body []byte, bodyErr error, u *url.URL) (*reply, error) {
	var unusable *bodyError
	switch status := response.StatusCode; {
	case status/100 == 4: // refused, even if the explanation is incomplete
		return nil, x.refusal(status, body)
	case status/100 == 5:
		return nil, x.serverError(status, body)
	case errors.As(bodyErr, &unusable):
		return nil, x.invalid(status, bodyErr)
	case bodyErr != nil:
		x.lost = true
		return nil, x.fail(status, progress.classify(ctx, x, bodyErr))
	case status/100 == 3 && !x.reads:
		return nil, x.redirect(status)
	case status/100 != 2 && status/100 != 3:
		return nil, x.invalid(status, errors.New("HTTP has no such status"))
	}
	return &reply{response.StatusCode, response.Header, body, u, x.expects}, nil
}

func (c *Client) request(ctx context.Context, x *exchange, u *url.URL) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, x.method, u.String(), bytes.NewReader(x.body))
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
	// The server does not check how old a signature is, so whoever reads one can
	// use it.
	_, signature, _ := strings.Cut(r.Header.Get("Signature"), "=")
	x.secrets = append(x.secrets, Secret(strings.Trim(signature, ":")))
	return r, nil
}

// progress records how far a request got.
type progress struct{ asked, got atomic.Bool }

func (p *progress) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { p.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { p.got.Store(true) },
	})
}

// classify returns what is known of a request without a complete answer. The
// request was not sent only if a connection was asked for and none was obtained.
// The outcome is unknown if the transport reports neither.
func (p *progress) classify(ctx context.Context, x *exchange, err error) error {
	known := ErrOutcomeUnknown
	if !p.got.Load() && (p.asked.Load() || errors.Is(err, ErrForbiddenAddress)) {
		known = ErrNotSent
	}
	shown := x.shown(err)
	var network net.Error
	if ctx.Err() == context.DeadlineExceeded || errors.As(err, &network) && network.Timeout() {
		return fmt.Errorf("%w, %w: %w", ErrTimeout, known, shown)
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		return fmt.Errorf("%w: %w: %w", known, ctx.Err(), shown)
	}
	return fmt.Errorf("%w: %w", known, shown)
}
