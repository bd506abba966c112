package model

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/faults/world"
)

const day = 24 * time.Hour

// A model is what may be answered about one grant.
type model struct {
	*world.Session
	t *rapid.T

	status  string        // that GET has said last; "": there is no grant yet
	claimed bool          // likewise
	unsure  bool          // a fault or another caller was there since
	refused bool          // the user has refused
	back    bool          // the user has taken the consent back at the wallet
	age     time.Duration // of the token, at most
	deleted bool          // DELETE was answered by more than an unreachable store
	sends   int           // how often the interact_ref may be sent
}

// mayBecome has what a status can become, whoever comes and whatever fails.
var mayBecome = map[string][]string{
	"":         {"pending"},
	"pending":  {"pending", "granted", "rejected", "failed", "expired", "revoked"},
	"granted":  {"granted", "failed", "revoked", "expired"},
	"rejected": {"rejected", "pending", "granted", "failed", "revoked"},
	"expired":  {"expired", "pending", "granted", "rejected", "failed", "revoked"},
	"failed":   {"failed"},
	"revoked":  {"revoked"},
}

// ended are the statuses that stay.
var ended = []string{"failed", "revoked"}

// A step is what one caller does.
type step struct {
	name string
	run  func(s *world.Session) world.Answer
}

var steps = []step{
	{"finish", func(s *world.Session) world.Answer {
		if s.FinishURL == "" {
			return world.Answer{}
		}
		return s.Finish()
	}},
	{"token", (*world.Session).GetToken},
	{"refuse the token", func(s *world.Session) world.Answer {
		if s.Token == "" {
			return s.GetToken()
		}
		return s.RefuseToken()
	}},
	{"wrong code", (*world.Session).GuessToken},
	{"look", (*world.Session).Get},
	{"delete", (*world.Session).Delete},
	{"schedule", func(s *world.Session) world.Answer { s.Keep(s.ID); return world.Answer{} }},
	{"takeover", func(s *world.Session) world.Answer { s.Move(world.Lease); return s.Get() }},
}

// drawStep draws what a caller does. DELETE is rare: it ends the history.
func drawStep(t *rapid.T, label string) step {
	s := rapid.SampledFrom(steps).Draw(t, label)
	if s.name == "delete" && rapid.IntRange(0, 3).Draw(t, "really") > 0 {
		return steps[0]
	}
	return s
}

// String lets rapid print a step by its name.
func (s step) String() string { return s.name }

// request asks for the grant, with or without a fault.
func (m *model) request() {
	a := m.Request()
	m.want(a, "request", 201)
	m.sync()
}

// decide lets the user answer at the wallet.
func (m *model) decide(accepts bool) {
	if m.ConsentURL == "" || m.FinishURL != "" || m.status != "pending" {
		return
	}
	if accepts {
		m.Approve()
		return
	}
	m.Refuse()
	m.refused = true
}

// alone lets one caller come, while nothing fails.
func (m *model) alone(s step) {
	m.settle()
	before, claimed := m.status, m.claimed
	had := m.Token
	a := s.run(m.Session)
	switch s.name {
	case "finish":
		if m.FinishURL != "" {
			m.want(a, s.name, 303, 200, m.hashless(400))
		}
	case "look", "takeover":
		m.want(a, s.name, 200)
	case "delete":
		m.want(a, s.name, 204)
		m.deleted = true
	case "wrong code":
		m.want(a, s.name, 403, m.when(before != "granted", 409), m.when(before != "granted" || !claimed || m.old(), 410))
	case "token", "refuse the token":
		m.wantToken(a, s.name, before, claimed, had)
	}
	m.sync()
}

// wantToken checks the answer to an app that asks for a token.
func (m *model) wantToken(a world.Answer, name, before string, claimed bool, had string) {
	switch {
	case before == "granted" && (claimed || m.Code != "") && !m.back && !m.old():
		// The code may be too late for a first claim: then the grant has failed.
		m.want(a, name, 200, m.when(!claimed, 410))
	case before == "granted" && !claimed && m.Code == "":
		m.want(a, name, 403, 410)
	case before == "granted":
		m.want(a, name, 200, 410)
	case before == "pending", before == "rejected":
		m.want(a, name, 409, 410)
	default:
		m.want(a, name, 410, m.when(before == "expired", 409))
	}
	if a.Status == 200 {
		m.age = 0
		if name == "refuse the token" && had != "" && a.Text("accessToken") == had {
			m.t.Fatal("the token that was refused was handed out again")
		}
	}
}

// old reports whether the wallet may have forgotten the token.
func (m *model) old() bool { return m.age > 29*day }

// hashless is the answer to a return without a hash, once the grant has ended.
func (m *model) hashless(status int) int { return m.when(m.refused, status) }

func (m *model) when(is bool, status int) int {
	if is {
		return status
	}
	return 0
}

func (m *model) want(a world.Answer, name string, statuses ...int) {
	if !slices.Contains(statuses, a.Status) {
		m.t.Fatalf("%s of a grant that is %q, claimed %v: %s; want one of %v", name, m.status, m.claimed, a, statuses)
	}
}

// failing lets one caller come while a call of the store goes wrong, or another
// caller comes in the middle of it.
func (m *model) failing(s step, n int, kind string, other step) {
	m.unsure = true
	m.Store.Plan(n, func(c *world.StoreCall) error {
		switch kind {
		case "error before":
			return world.ErrDown
		case "error after":
			_ = c.Do()
			return world.ErrDown
		case "timeout before":
			return c.TimeOut(m.World)
		case "timeout after":
			_ = c.Do()
			return c.TimeOut(m.World)
		case "down before":
			m.Store.Down()
			return world.ErrDown
		case "down after":
			_ = c.Do()
			m.Store.Down()
			return world.ErrDown
		case "another before":
			m.Nested(func() { m.mark(other, other.run(m.Session)) })
			return c.Do()
		}
		err := c.Do()
		m.Nested(func() { m.mark(other, other.run(m.Session)) })
		return err
	})
	m.mark(s, s.run(m.Session))
	m.Heal()
}

// mark remembers that DELETE was written.
func (m *model) mark(s step, a world.Answer) {
	if s.name == "delete" && a.Status != 0 && a.Text("code") != grant.CodeStore && a.Status != 404 {
		m.deleted = true
	}
}

// walletFails lets one caller come while a call of the wallet goes wrong.
func (m *model) walletFails(s step, n int, kind string, f sandbox.Fault) {
	m.unsure = true
	if kind == "too-many-requests-before" {
		m.sends++ // the server cannot have used the reference
	}
	m.Wallet.Fail(sandbox.OpAny, f.At(n))
	m.mark(s, s.run(m.Session))
	m.Heal()
}

// together lets several callers come at once.
func (m *model) together(all ...step) {
	m.unsure = true
	sessions := make([]world.Session, len(all))
	answers := make([]world.Answer, len(all))
	var callers []func()
	for i, s := range all {
		sessions[i] = *m.Session
		callers = append(callers, func() { answers[i] = s.run(&sessions[i]) })
	}
	m.Together(callers...)
	for i, s := range all {
		m.mark(s, answers[i])
		m.Merge(sessions[i])
	}
}

// settle touches the grant after every lease, so that what is asked next has one
// answer.
func (m *model) settle() {
	if !m.unsure {
		return
	}
	m.Heal()
	m.CheckGone()
	m.pass(world.Lease)
	m.sync()
	m.unsure = false
}

func (m *model) pass(d time.Duration) {
	m.Move(d)
	m.age += d
}

// sync reads the grant, and checks that it may have become what it is.
func (m *model) sync() {
	if m.ID == "" {
		return
	}
	a := m.Get()
	m.want(a, "look", 200)
	status, _ := a.Body["claimed"].(bool)
	next := a.Text("status")
	switch {
	case !slices.Contains(mayBecome[m.status], next):
		m.t.Fatalf("the grant was %s and is %s", m.status, next)
	case m.claimed && !status:
		m.t.Fatal("the grant was claimed and is not")
	case m.deleted && !slices.Contains(append(ended, "rejected", "expired"), next):
		m.t.Fatalf("DELETE was asked, and the grant is %s", next)
	case m.deleted && !m.unsure && m.status != next && next != "revoked":
		m.t.Fatalf("DELETE was asked of a grant that was %s, and it is %s", m.status, next)
	case m.refused && next == "granted":
		m.t.Fatal("the user refused, and the grant is granted")
	}
	m.status, m.claimed = next, status
}

// check is what holds at the end of each history.
func (m *model) check() {
	m.unsure = true
	m.settle()
	m.Touch()
	m.CheckEnd(m.sends)
	if m.status == "granted" && m.claimed && !m.back && !m.old() {
		if a := m.GetToken(); a.Status != 200 {
			m.t.Fatalf("the grant is claimed, and there is no token: %s", a)
		}
	}
}
