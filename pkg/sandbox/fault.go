package sandbox

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// An Op is what a request asks for.
type Op string

// The operations that can be made to fail.
const (
	OpWallet   Op = "wallet"   // GET of a wallet document
	OpKeys     Op = "keys"     // reading a client's keys: over HTTP, and by the server itself
	OpGrant    Op = "grant"    // POST to the grant endpoint
	OpContinue Op = "continue" // POST to a continue URI, polling included
	OpCancel   Op = "cancel"   // DELETE of a continue URI
	OpRotate   Op = "rotate"   // POST to a manage URI
	OpRevoke   Op = "revoke"   // DELETE of a manage URI
	OpConsent  Op = "consent"  // the browser's pages

	// Those of the resource server, named as the OpenAPI description names them.
	OpCreateIncomingPayment   Op = "create-incoming-payment"
	OpListIncomingPayments    Op = "list-incoming-payments"
	OpReadIncomingPayment     Op = "get-incoming-payment" // public or not
	OpCompleteIncomingPayment Op = "complete-incoming-payment"
	OpCreateQuote             Op = "create-quote"
	OpReadQuote               Op = "get-quote"
	OpCreateOutgoingPayment   Op = "create-outgoing-payment"
	OpListOutgoingPayments    Op = "list-outgoing-payments"
	OpReadOutgoingPayment     Op = "get-outgoing-payment"
	OpReadSpentAmounts        Op = "get-outgoing-payment-grant"
)

// A Fault is what goes wrong with a request.
type Fault struct {
	// Delay passes before anything else.
	Delay time.Duration
	// Act: the server does what was asked, and only its answer is lost: what the
	// client gets instead is told by Drop, or Status and Body. With neither it is
	// the right answer, so that a Fault of a Delay alone is just slow.
	Act bool
	// Drop closes the connection without an answer.
	Drop bool
	// Status and Body are answered instead, when Status is not 0.
	Status int
	Header http.Header
	Body   string
	// Times is how many requests have it; 0: one.
	Times int
}

// Fail makes the next request of that kind go wrong. Faults are used up in the
// order in which they were asked for.
func (s *Server) Fail(op Op, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range max(f.Times, 1) {
		s.faults[op] = append(s.faults[op], f)
	}
}

func (s *Server) takeFault(op Op) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.faults[op]
	if len(queue) == 0 {
		return nil
	}
	s.faults[op] = queue[1:]
	return &queue[0]
}

// breaks reports whether the client does not get the right answer.
func (f *Fault) breaks() bool { return f.Drop || f.Status != 0 }

var errClosed = errors.New("the server was closed")

func (f *Fault) wait(ctx context.Context, done <-chan struct{}) error {
	return sleep(ctx, done, f.Delay)
}

func sleep(ctx context.Context, done <-chan struct{}, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-done:
		return errClosed
	}
}

// answer is what the client gets instead of the right answer.
func (f *Fault) answer(w http.ResponseWriter) {
	if f.Drop {
		panic(http.ErrAbortHandler) // net/http closes the connection
	}
	for name, values := range f.Header {
		w.Header()[name] = values
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body))
}

// lost takes an answer that nobody gets.
type lost struct{ header http.Header }

func (l lost) Header() http.Header         { return l.header }
func (l lost) Write(b []byte) (int, error) { return len(b), nil }
func (l lost) WriteHeader(int)             {}

// failing serves a request with the fault that was asked for, if any. A client
// that goes away while it is delayed was not acted for.
func (s *Server) failing(op Op, w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter)) {
	f := s.takeFault(op)
	if f == nil {
		serve(w)
		return
	}
	if f.wait(r.Context(), s.done) != nil {
		panic(http.ErrAbortHandler)
	}
	if !f.breaks() {
		serve(w)
		return
	}
	if f.Act {
		serve(lost{http.Header{}})
	}
	f.answer(w)
}
