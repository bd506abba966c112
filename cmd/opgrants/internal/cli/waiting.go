package cli

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// patience is how long a command works silently.
const patience = time.Second

// Waiting says what the command waits for if that takes more than a second. Call the
// function that it returns when the wait is over: after that, nothing is printed.
func (t *Terminal) Waiting(what string) (done func()) {
	var lock sync.Mutex
	over := false
	timer := time.AfterFunc(patience, func() {
		lock.Lock()
		defer lock.Unlock()
		if !over {
			t.Say("Waiting for %s …", what)
		}
	})
	return func() {
		timer.Stop()
		lock.Lock()
		defer lock.Unlock()
		over = true
	}
}

// A WaitingTransport says which server a command waits for, if that takes more than a
// second.
type WaitingTransport struct {
	Base http.RoundTripper
	Term *Terminal
}

// RoundTrip sends the request through Base, unchanged.
func (t *WaitingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	done := sync.OnceFunc(t.Term.Waiting(r.URL.Host))
	answer, err := t.Base.RoundTrip(r)
	if err != nil {
		done()
		return nil, err
	}
	answer.Body = &waitedBody{answer.Body, done}
	return answer, nil
}

// A waitedBody is complete when it has been read or closed.
type waitedBody struct {
	io.ReadCloser
	done func()
}

func (b *waitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.done()
	}
	return n, err
}

func (b *waitedBody) Close() error {
	b.done()
	return b.ReadCloser.Close()
}
