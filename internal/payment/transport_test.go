package payment_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A transport takes requests to a sandbox in this process, so that a test can run in a
// bubble of time.
type transport struct {
	wallets []*sandbox.Server

	mu     sync.Mutex
	calls  []string                       // method and path, in order
	before func(n int, call string) error // asked before the nth call reaches the server; an error: no connection
	after  func(n int, call string) error // asked after it; an error: the answer is lost
	answer func(n int, call string) *http.Response
}

var errReset = errors.New("connection reset")

func (tr *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	trace := httptrace.ContextClientTrace(r.Context())
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host)
	}
	call := r.Method + " " + r.URL.Path
	tr.mu.Lock()
	tr.calls = append(tr.calls, call)
	n, before, after, instead := len(tr.calls), tr.before, tr.after, tr.answer
	tr.mu.Unlock()
	if before != nil {
		if err := before(n, call); err != nil {
			return nil, err
		}
	}
	if trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if instead != nil {
		if answer := instead(n, call); answer != nil {
			return answer, nil
		}
	}
	response, err := tr.serve(r)
	if err == nil && after != nil {
		err = after(n, call)
	}
	if err != nil {
		return nil, err
	}
	return response, nil
}

// serve lets the server act, and returns when it has answered or the client leaves.
func (tr *transport) serve(r *http.Request) (*http.Response, error) {
	var server *sandbox.Server
	for _, w := range tr.wallets {
		if strings.HasPrefix(r.URL.String(), w.URL()+"/") || r.URL.String() == w.URL() {
			server = w
		}
	}
	if server == nil {
		return nil, errors.New("no such host")
	}
	recorder := httptest.NewRecorder()
	done := make(chan error, 1)
	ctx, leave := context.WithCancel(r.Context())
	incoming := r.Clone(ctx)
	incoming.Host, incoming.RequestURI = r.URL.Host, r.URL.RequestURI()
	if incoming.Body == nil {
		incoming.Body = http.NoBody
	}
	go func() {
		defer leave()
		defer func() {
			if recover() != nil {
				done <- errReset
				return
			}
			done <- nil
		}()
		server.ServeHTTP(recorder, incoming)
	}()
	select {
	case err := <-done:
		if err != nil {
			return nil, err
		}
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	answer := recorder.Result()
	answer.Request = r
	if answer.Header.Get("Date") == "" {
		answer.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	return answer, nil
}

// count returns how many calls had this in them.
func (tr *transport) count(part string) (n int) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, c := range tr.calls {
		if strings.Contains(c, part) {
			n++
		}
	}
	return n
}

func (tr *transport) forget() {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.calls = nil
}

func (tr *transport) set(before, after func(n int, call string) error, answer func(n int, call string) *http.Response) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.before, tr.after, tr.answer = before, after, answer
}

// heal takes all faults away.
func (tr *transport) heal() {
	tr.set(nil, nil, nil)
}
