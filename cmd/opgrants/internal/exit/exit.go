// Package exit has the exit codes of the commands: for each a number for scripts, a
// name for JSON and a sentence for people.
package exit

import (
	"errors"
	"fmt"
	"strings"
)

// A Code is the exit status of a process.
type Code int

// The exit codes.
const (
	OK             Code = 0
	Internal       Code = 1
	Usage          Code = 2
	Key            Code = 3
	UnknownWallet  Code = 4
	KeyRefused     Code = 5
	WalletRefused  Code = 6
	WalletFailed   Code = 7
	Port           Code = 8
	NotInteractive Code = 9
	UserRefused    Code = 10
	WrongHash      Code = 11
	TimedOut       Code = 12
	Left           Code = 13
	OutcomeUnknown Code = 14
	Data           Code = 15
	StepFailed     Code = 16
	PaymentUnknown Code = 17
	PaymentFailed  Code = 18
	NotRunning     Code = 19
	Interrupted    Code = 130
)

type row struct {
	code           Code
	name, sentence string
}

var table = []row{
	{OK, "ok", "All went well."},
	{Internal, "internal_error", "Something went wrong that has no number of its own."},
	{Usage, "usage", "The command line or the environment does not make sense."},
	{Key, "key_unusable", "The signing key cannot be used."},
	{UnknownWallet, "unknown_wallet", "The wallet address cannot be read."},
	{KeyRefused, "key_refused", "The wallet does not accept the signing key."},
	{WalletRefused, "wallet_refused", "The wallet refused the request."},
	{WalletFailed, "wallet_failed", "The wallet cannot be reached, or its answer makes no sense."},
	{Port, "port_busy", "Cannot listen at that address."},
	{NotInteractive, "not_interactive", "Expected interactive grant."},
	{UserRefused, "user_refused", "The user refused the grant."},
	{WrongHash, "wrong_hash", "The hash in the finish link is not of this grant."},
	{TimedOut, "timed_out", "Nobody finished the grant in time."},
	{Left, "interaction_ended", "The wallet ended the interaction without consent."},
	{OutcomeUnknown, "outcome_unknown", "It is unknown whether the wallet did what it was asked."},
	{Data, "data_file", "The data file cannot be opened."},
	{StepFailed, "step_failed", "A step did not end as it should."},
	{PaymentUnknown, "payment_unknown", "It is unknown whether the payment was made, or whether it arrived."},
	{PaymentFailed, "payment_failed", "The payment was made, and failed on its way."},
	{NotRunning, "not_running", "The service does not run."},
	{Interrupted, "interrupted", "Interrupted."},
}

func (c Code) row() row {
	for _, r := range table {
		if r.code == c {
			return r
		}
	}
	return row{code: c, name: "internal_error"}
}

// Name is the code as JSON output spells it.
func (c Code) Name() string { return c.row().name }

// Sentence says what the code means.
func (c Code) Sentence() string { return c.row().sentence }

// An Error ends the command with its code. It prints as the code's sentence and
// the detail.
type Error struct {
	Code   Code
	Detail string // a sentence that says what to do; may be empty
	Err    error  // the cause
	Next   string // the command to try next; "": the usual one after Code
}

// With is an Error with that code; format may use %w for the cause.
func (c Code) With(format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: c, Detail: err.Error(), Err: errors.Unwrap(err)}
}

// Then sets the command to try next, and returns e.
func (e *Error) Then(command string) *Error {
	e.Next = command
	return e
}

// Error returns the code's sentence and the detail.
func (e *Error) Error() string {
	return strings.TrimSpace(e.Code.Sentence() + " " + e.Detail)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Of is the exit code of a command that returns err.
func Of(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &e):
		return e.Code
	default:
		return Internal
	}
}

// Table is a line for each code with its sentence. The lines are indented, so that
// help texts do not wrap them.
func Table(codes ...Code) string {
	var b strings.Builder
	for _, c := range codes {
		fmt.Fprintf(&b, "    %3d  %s\n", c, c.Sentence())
	}
	return b.String()
}
