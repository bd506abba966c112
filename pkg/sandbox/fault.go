package sandbox

import (
	"net/http"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
)

// An Op is what a request asks for.
type Op string

// The operations that can go wrong. Those of the resource server have their names in
// the OpenAPI description.
const (
	// OpAny is every request to the wallet addresses and to both servers, except for
	// the browser's pages and the key sets.
	OpAny Op = ""

	OpWallet Op = "wallet" // GET of a wallet address
	OpKeys   Op = "keys"   // a client's keys: GET over HTTP, and reads by the server itself
	// OpIntrospect is the resource server asking the authorization server about a
	// token. If it breaks, the answer is 401 "Invalid Token".
	OpIntrospect Op = "introspect"
	OpConsent    Op = "consent" // the browser's pages

	OpGrant    Op = "grant"    // POST to the grant endpoint
	OpContinue Op = "continue" // POST to a continue URI, polls too
	OpCancel   Op = "cancel"   // DELETE of a continue URI
	OpRotate   Op = "rotate"   // POST to a manage URI
	OpRevoke   Op = "revoke"   // DELETE of a manage URI

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

// A Fault is what goes wrong with a call. The fields happen in this order: Delay,
// Before, the server acts (or not), After, and then the first of Hang, Reset, Drop,
// Status that is set. With none of these four the client gets the right answer,
// changed by Edit, Header, Prefix, Gzip and Half.
type Fault struct {
	// Delay passes first. If the client leaves during it, the server does not act.
	Delay time.Duration
	// Act makes the server act although its answer is lost. Without it, a call with
	// Hang, Reset, Drop or Status has no effect.
	Act bool

	// Drop closes the connection without an answer.
	Drop bool
	// Reset ends the connection with a TCP reset.
	Reset bool
	// Hang never answers. It ends when the client leaves or the server is closed.
	Hang bool
	// Half sends half of the right answer and then closes the connection. The server
	// has acted.
	Half bool
	// Status is answered instead, with Header and Body, if it is not 0. 101 keeps
	// the connection open and sends nothing more; another informational status is
	// repeated until the client leaves.
	Status int
	// Header is set on the answer, on the right one too.
	Header http.Header
	Body   string

	// Edit changes members of the right answer, which must be JSON. A key is a path
	// such as "access_token.expires_in" or "result.0.quoteId"; the item "-" is a new
	// one at the end of an array. A value is JSON; "" removes the member.
	Edit map[string]string
	// Prefix stands before the right answer's body, such as a byte order mark.
	Prefix string
	// Gzip compresses the right answer, whatever Accept-Encoding says.
	Gzip bool

	// Skip is how many calls go well first.
	Skip int
	// Times is how many calls have the fault. 0: one.
	Times int
	// Match limits the fault to requests for which it returns true. Nil: all.
	Match func(*http.Request) bool
	// Before and After run ahead of and behind the act, or where it would be. A test
	// can run a second caller in them. The server holds no lock.
	Before, After func()
}

// Fail plans a fault for the next call of that operation. For each call the first
// planned fault that fits happens, and is used up.
func (s *Server) Fail(op Op, f Fault) { s.calls.Fail(calls.Op(op), calls.Fault(f)) }

// PendingFaults returns how many planned faults have not happened yet.
func (s *Server) PendingFaults() int { return s.calls.Pending() }

// ClearFaults drops the planned faults.
func (s *Server) ClearFaults() { s.calls.Clear() }

// A Call is one HTTP request to the server.
type Call struct {
	Number int // from 1, over all operations
	Op     Op
	URL    string // path and query
}

// Hook runs before ahead of every call, and after when the server has acted, but
// not answered yet. It replaces the hooks of an earlier Hook. Nil: none. A hook may
// call the server: it holds no lock.
func (s *Server) Hook(before, after func(Call)) {
	convert := func(hook func(Call)) func(calls.Call) {
		if hook == nil {
			return nil
		}
		return func(c calls.Call) { hook(Call{c.Number, Op(c.Op), c.URL}) }
	}
	s.calls.Hook(convert(before), convert(after))
}
