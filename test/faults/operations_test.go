package faults

import (
	"fmt"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/faults/world"
)

const day = 24 * time.Hour

// An operation is what the service is asked for while a fault happens.
type operation struct {
	name    string
	body    string
	key     bool                          // with an Idempotency-Key
	prepare func(s *world.Session)        // leads up to it
	ask     func(s *world.Session)        // what is asked for
	reached func(s *world.Session) string // "" if the app has what it wants in the end; else what is missing
	pays    bool                          // the app wants a payment
	payment string                        // and its request; "": to the shop
	// always reports whether a fault of a wallet's call, by name, leaves the
	// operation possible, so that it must be reached in the end.
	always func(fault string) bool
}

// operations are what an app, a browser and the schedule ask for.
func operations() []operation {
	hasToken := func(s *world.Session) string {
		if s.Token == "" || !s.Wallet.Active(s.Token) {
			return "the app has no token that works"
		}
		return ""
	}
	isRevoked := func(s *world.Session) string { return status(s, "revoked") }
	isRejected := func(s *world.Session) string { return status(s, "rejected") }
	token := func(s *world.Session) { s.GetToken() }
	remove := func(s *world.Session) { s.Delete() }
	keep := func(s *world.Session) { s.LetKeep() }
	look := func(s *world.Session) { s.Get() }
	return []operation{
		{name: "request", prepare: nothing, ask: request, reached: isAsked, always: everyFault},
		{name: "request with a key", key: true, prepare: nothing, ask: request, reached: isAsked, always: everyFault},
		{name: "finish", prepare: approved, ask: finish, reached: hasToken, always: only("too-many-requests-before")},
		{name: "finish of a subject", body: world.Subject, prepare: approved, ask: finish, reached: isClaimed, always: only("too-many-requests-before")},
		{name: "finish after a refusal", prepare: func(s *world.Session) { requested(s); s.Refuse() }, ask: finish, reached: isRejected, always: everyFault},
		{name: "claim", prepare: granted, ask: token, reached: hasToken, always: everyFault},
		{name: "token", prepare: claimed, ask: token, reached: hasToken, always: everyFault},
		{name: "token of a subject", body: world.Subject, prepare: granted, ask: token, reached: isClaimed, always: everyFault},
		{name: "rotate", prepare: func(s *world.Session) { claimed(s); s.Move(time.Hour) }, ask: token, reached: hasToken, always: beforeIt},
		{name: "refused token", prepare: claimed, ask: func(s *world.Session) { s.RefuseToken() }, reached: hasToken, always: beforeIt},
		{name: "refused token, revoked at the wallet", prepare: func(s *world.Session) { claimed(s); s.RevokeAtWallet() }, ask: func(s *world.Session) { s.RefuseToken() }, reached: isRevoked, always: noFault},
		{name: "delete", prepare: claimed, ask: remove, reached: isRevoked, always: everyFault},
		{name: "delete before consent", prepare: requested, ask: remove, reached: isRevoked, always: everyFault},
		{name: "delete and forget", prepare: func(s *world.Session) { claimed(s); s.Forgets = true }, ask: remove, reached: isRevoked, always: everyFault},
		{name: "delete and forget, key refused", prepare: keyRefused, ask: remove, reached: isRevoked, always: everyFault},
		{name: "keep", body: world.Monthly, prepare: func(s *world.Session) { claimed(s); s.Move(20*day + time.Hour) }, ask: keep, reached: hasToken, always: beforeIt},
		{name: "keep what nobody claimed", prepare: unclaimed, ask: keep, reached: failed("never_claimed"), always: everyFault},
		{name: "settle after a crash", prepare: crashed, ask: look, reached: failed("outcome_unknown"), always: everyFault},
		{name: "token after a revocation", prepare: func(s *world.Session) { owed(s); s.RefuseKey() }, ask: token, reached: isRevoked, always: everyFault},
		{name: "settle a revocation", prepare: owed, ask: look, reached: isRevoked, always: everyFault},
	}
}

func everyFault(string) bool      { return true }
func noFault(string) bool         { return false }
func beforeIt(fault string) bool  { return strings.HasSuffix(fault, "-before") }
func nothing(*world.Session)      {}
func request(s *world.Session)    { s.Request() }
func finish(s *world.Session)     { s.Finish() }
func approved(s *world.Session)   { requested(s); s.Approve() }
func granted(s *world.Session)    { approved(s); s.Finish() }
func claimed(s *world.Session)    { granted(s); s.GetToken() }
func unclaimed(s *world.Session)  { granted(s); s.Move(6 * time.Minute) }
func keyRefused(s *world.Session) { claimed(s); s.Forgets = true; s.RefuseKey() }

// requested asks until there is a grant: on a busy machine DynamoDB Local can take longer
// than the service waits for its store.
func requested(s *world.Session) {
	for range 5 {
		if s.Request(); s.ID != "" {
			return
		}
	}
}

func only(name string) func(string) bool { return func(fault string) bool { return fault == name } }

// crashed leaves a grant whose holder has gone after the wallet had answered.
func crashed(s *world.Session) {
	approved(s)
	s.Wallet.Hook(nil, func(c sandbox.Call) {
		if c.Op == sandbox.OpContinue {
			s.Store.Down()
		}
	})
	s.Finish()
	s.Heal()
	s.Move(world.Lease)
}

// owed leaves a revocation that the wallet could not confirm.
func owed(s *world.Session) {
	claimed(s)
	s.Wallet.Fail(sandbox.OpCancel, sandbox.ServerError())
	s.Delete()
	s.Heal()
	s.Move(world.Lease)
}

func status(s *world.Session, want string) string {
	if a := s.Get(); a.Text("status") != want {
		return "the grant is not " + want + ": " + a.String()
	}
	return ""
}

func failed(code string) func(s *world.Session) string {
	return func(s *world.Session) string {
		if a := s.Get(); a.Text("status") != "failed" || a.FailureCode() != code {
			return fmt.Sprintf("the grant has not failed as %s: %s", code, a)
		}
		return ""
	}
}

func isAsked(s *world.Session) string {
	if s.ID == "" {
		return "the app has no grant"
	}
	return status(s, "pending")
}

func isClaimed(s *world.Session) string {
	if a := s.Get(); a.Text("status") != "granted" || a.Body["claimed"] != true {
		return "the subject is not claimed: " + a.String()
	}
	return ""
}
