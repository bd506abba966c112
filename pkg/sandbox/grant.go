package sandbox

import (
	"encoding/json"
	"time"
)

// A grantState is where a grant is at the server.
type grantState int

const (
	grantPending  grantState = iota // waits for the user
	grantApproved                   // a continue gets a token
	grantIssued                     // a token was given
	grantRejected                   // the user said no, and came back
	grantRevoked                    // cancelled by the client or the user
)

// A choice is what the user clicked.
type choice int

const (
	undecided choice = iota
	accepted
	denied
)

// A grant is one grant request and what became of it. Server.mu guards it.
type grant struct {
	id            string // of the continuation
	continueToken string
	client        client
	clientName    string
	access        []access
	subject       string
	state         grantState
	created       time.Time
	continued     time.Time // the wait counts from here

	finish      *finish      // nil: nobody is redirected
	interaction *interaction // nil: none was needed
	tokens      []*token     // that are not revoked
}

// finish is where the browser goes after the interaction.
type finish struct {
	uri, nonce string
}

// An interaction is the user's part of a grant.
type interaction struct {
	id, nonce, ref string
	choice         choice
}

// A token is an access token that was not revoked; it may have expired.
type token struct {
	value, manageID string
	made            time.Time
	grant           *grant
}

// A grantAnswer is what a client gets (RFC 9635 section 3).
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

// continuation tells how to continue a grant; with the wait while the user is
// still asked.
func (s *Server) continuation(g *grant, withWait bool) *continueAnswer {
	a := &continueAnswer{AccessToken: valueAnswer{g.continueToken}, URI: s.authBase() + "/continue/" + g.id}
	if withWait {
		seconds := ceilSeconds(s.config.Wait)
		a.Wait = &seconds
	}
	return a
}

// ceilSeconds rounds up: too soon is refused.
func ceilSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// issue makes a token for the grant, if it asks for access. s.mu is held.
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
	a := &tokenAnswer{Value: t.value, Manage: s.authBase() + "/token/" + t.manageID, ExpiresIn: int64(s.config.TokenLife / time.Second)}
	for _, item := range t.grant.access {
		a.Access = append(a.Access, item.text)
	}
	return a
}
