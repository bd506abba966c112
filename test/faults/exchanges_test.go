package faults

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"

	"github.com/opgrants/opgrants/test/faults/world"
)

// An exchange is one HTTP request to the database, of which a call of the store can
// make several.
type exchange struct {
	request *http.Request
	next    http.RoundTripper
}

// send lets the database act.
func (x exchange) send() (*http.Response, error) { return x.next.RoundTrip(x.request) }

// exchanges counts the HTTP requests to the database and lets them fail.
type exchanges struct {
	next http.RoundTripper

	mu    sync.Mutex
	s     *world.Session // nil: nothing is counted yet
	n, at int
	last  bool // all that follow fail too
	ops   []string
	fault func(exchange) (*http.Response, error)
	fired bool
}

// plan lets fault happen at the nth next exchange; with rest, at all from then on.
func (e *exchanges) plan(s *world.Session, n int, rest bool, fault func(exchange) (*http.Response, error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.s, e.n, e.at, e.last, e.ops, e.fault, e.fired = s, 0, n, rest, nil, fault, false
}

// RoundTrip is [http.RoundTripper]'s.
func (e *exchanges) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchange{r, e.next}
	if fault := e.count(r); fault != nil {
		return fault(x)
	}
	return x.send()
}

func (e *exchanges) count(r *http.Request) func(exchange) (*http.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.s == nil || e.s.IsNested() {
		return nil
	}
	e.n++
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	e.ops = append(e.ops, strings.ToLower(op))
	if e.n == e.at || e.last && e.n > e.at && e.at > 0 {
		e.fired = true
		e.s.Store.SetFailed()
		return e.fault
	}
	return nil
}

func (e *exchanges) stop() (ops []string, fired bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.s = nil
	return e.ops, e.fired
}

// errSlow is what [http.Transport] returns if no answer comes in time.
type errSlow struct{}

func (errSlow) Error() string   { return "timeout awaiting response headers" }
func (errSlow) Timeout() bool   { return true }
func (errSlow) Temporary() bool { return true }

// exchangeFaults are the faults that an HTTP request to the database can have.
func exchangeFaults() []fault {
	answer := func(status int, kind, body string) func(exchange) (*http.Response, error) {
		return func(x exchange) (*http.Response, error) {
			h := http.Header{"Content-Type": {kind}, "Retry-After": {"1"}}
			return &http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: h, Request: x.request,
				Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
		}
	}
	fails := func(err error) func(exchange) (*http.Response, error) {
		return func(exchange) (*http.Response, error) { return nil, err }
	}
	const amz = "application/x-amz-json-1.0"
	throttled := answer(400, amz, `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"The level of configured provisioned throughput for the table was exceeded."}`)
	kinds := []struct {
		name    string
		instead func(exchange) (*http.Response, error)
	}{
		{"server-error", answer(500, amz, `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"internal"}`)},
		{"unavailable", answer(503, "text/html", "<!doctype html><title>503</title>")},
		{"too-many-requests", answer(429, "text/html", "<!doctype html><title>429</title>")},
		{"web-page", answer(200, "text/html", "<!doctype html><title>Welcome</title>")},
		{"switching-protocols", answer(101, "", "")},
		{"reset", fails(syscall.ECONNRESET)},
		{"timeout", fails(errSlow{})},
	}
	all := []fault{
		{name: "throttled", mild: true, exchange: throttled},
		{name: "throttled-from-then-on", rest: true, exchange: throttled},
		{name: "half-answer-after", mild: true, exchange: halfAnswer},
	}
	for _, k := range kinds {
		all = append(all,
			fault{name: k.name + "-before", mild: true, exchange: k.instead},
			fault{name: k.name + "-after", mild: true, exchange: func(x exchange) (*http.Response, error) {
				if r, err := x.send(); err == nil {
					_ = r.Body.Close()
				}
				return k.instead(x)
			}})
	}
	return all
}

// halfAnswer breaks off in the middle of the right answer.
func halfAnswer(x exchange) (*http.Response, error) {
	r, err := x.send()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), brokenOff{}))
	return r, nil
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
