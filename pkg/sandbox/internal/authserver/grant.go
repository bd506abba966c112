package authserver

import (
	"encoding/json"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/random"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

// maxGrants is how many grants the server keeps. It drops the oldest first, with its
// tokens.
const maxGrants = 10_000

type grantState int

const (
	grantPending  grantState = iota // waits for the user
	grantApproved                   // a continue gets a token
	grantIssued                     // a continue got a token
	grantRejected                   // the user refused and came back
	grantRevoked                    // the client or the user cancelled it
)

// A choice is what the user clicked.
type choice int

const (
	undecided choice = iota
	accepted
	denied
)

// A grant is one grant request and its state. Server.mu guards it.
type grant struct {
	id            string // in the continue URI
	continueToken string
	client        wallets.Client
	clientName    string
	access        []access.Item
	subject       string
	consent       wallets.Consent // how the user's wallet answers
	state         grantState
	created       time.Time
	continued     time.Time // the wait counts from here

	finish      *finish      // nil: the client polls
	interaction *interaction // nil: the user was not asked
	tokens      []*token     // that are not revoked
}

// A finish is where the browser goes after the interaction.
type finish struct {
	uri, nonce string
}

// An interaction is the user's part of a grant.
type interaction struct {
	id, nonce, ref string
	choice         choice
}

// keepGrant adds a new grant. The caller holds s.mu.
func (s *Server) keepGrant(g *grant) {
	g.id, g.continueToken = random.UUID(), random.Token()
	g.created = s.config.Now()
	g.continued = g.created
	s.secrets.Add(g.continueToken)
	if i := g.interaction; i != nil {
		s.secrets.Add(i.nonce, i.ref)
		s.byInteraction[i.id], s.byRef[i.ref] = g, g
	}
	s.grants[g.id] = g
	s.oldest = append(s.oldest, g)
	if len(s.oldest) > maxGrants {
		s.dropGrant(s.oldest[0])
		s.oldest[0] = nil
		s.oldest = s.oldest[1:]
	}
}

func (s *Server) dropGrant(g *grant) {
	s.revoke(g)
	delete(s.grants, g.id)
	if i := g.interaction; i != nil {
		delete(s.byInteraction, i.id)
		delete(s.byRef, i.ref)
	}
}

// A grantAnswer is the answer to a grant request or a continue (RFC 9635 section 3).
type grantAnswer struct {
	Interact    *interactAnswer `json:"interact,omitempty"`
	AccessToken *tokenAnswer    `json:"access_token,omitempty"`
	Subject     *subjectMember  `json:"subject,omitempty"`
	Continue    *continueAnswer `json:"continue,omitempty"`
}

type interactAnswer struct {
	Redirect string `json:"redirect"`
	Finish   string `json:"finish"`
}

type continueAnswer struct {
	AccessToken valueAnswer `json:"access_token"`
	URI         string      `json:"uri"`
	Wait        *int64      `json:"wait,omitempty"` // seconds
}

type valueAnswer struct {
	Value string `json:"value"`
}

type tokenAnswer struct {
	Value     string            `json:"value"`
	Manage    string            `json:"manage"`
	ExpiresIn int64             `json:"expires_in"` // seconds
	Access    []json.RawMessage `json:"access"`
}

type subjectMember struct {
	SubIDs []subjectID `json:"sub_ids"`
}

type subjectID struct {
	ID     string `json:"id"`
	Format string `json:"format"`
}

// continuation returns how to continue a grant. It has the wait only while the user
// has not answered.
func (s *Server) continuation(g *grant, withWait bool) *continueAnswer {
	a := &continueAnswer{AccessToken: valueAnswer{g.continueToken}, URI: s.config.URL + "/continue/" + g.id}
	if withWait {
		seconds := ceilSeconds(s.config.Wait)
		a.Wait = &seconds
	}
	return a
}

// ceilSeconds rounds up, so that a client which waits that long is not too early.
func ceilSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// issue answers with what the grant asks for. The caller holds s.mu.
func (s *Server) issue(g *grant) grantAnswer {
	a := grantAnswer{Continue: s.continuation(g, false)}
	if len(g.access) > 0 {
		a.AccessToken = s.tokenAnswer(s.newToken(g))
	}
	if g.subject != "" {
		a.Subject = &subjectMember{[]subjectID{{g.subject, "uri"}}}
	}
	return a
}

func (s *Server) tokenAnswer(t *token) *tokenAnswer {
	a := &tokenAnswer{Value: t.value, Manage: s.config.URL + "/token/" + t.manageID, ExpiresIn: int64(t.life / time.Second)}
	for _, item := range t.grant.access {
		a.Access = append(a.Access, item.Text)
	}
	return a
}
