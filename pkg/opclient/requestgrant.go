package opclient

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/opgrants/opgrants/internal/netguard"
)

// The body of a grant request (OpenAPI post-request), with its members in the
// order in which the official SDK sends them.
type (
	grantBody struct {
		AccessToken *accessTokenBody `json:"access_token,omitempty"`
		Subject     *subjectBody     `json:"subject,omitempty"`
		Interact    *interactBody    `json:"interact,omitempty"`
		Client      json.RawMessage  `json:"client"` // see clientMember
	}
	accessTokenBody struct {
		Access []Access `json:"access"`
	}
	subjectBody struct {
		SubIDs []subID `json:"sub_ids"`
	}
	subID struct {
		ID     string `json:"id"`
		Format string `json:"format"`
	}
	interactBody struct {
		Start  []string    `json:"start"`
		Finish *finishBody `json:"finish,omitempty"`
	}
	finishBody struct {
		Method string `json:"method"`
		URI    string `json:"uri"`
		Nonce  string `json:"nonce"`
	}
)

// RequestGrant asks an authorization server, a wallet address's authServer, for
// a grant (RFC 9635 section 2). The answer has either Interact, if the user must
// consent, or Token. A request that makes no sense is an [*InvalidError] and is
// not sent.
//
// The member client is an object, and a string for servers that take only that: if
// the server answers 400 without a code, it is asked again with the other form. Both
// requests together take at most the client's timeout. The client remembers which
// servers took the string.
func (c *Client) RequestGrant(ctx context.Context, authServer string, r GrantRequest) (*Grant, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	r.Finish = r.Finish.withNonce()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	origin := c.originOf(authServer)
	asString := c.forms.wantsString(origin)
	g, err := c.requestGrant(ctx, authServer, &r, asString)
	if !isFormRefused(err) {
		return g, err
	}
	g, second := c.requestGrant(ctx, authServer, &r, !asString)
	if second != nil {
		return nil, errorOfBothForms(err, second)
	}
	c.forms.save(origin, !asString)
	return g, nil
}

// requestGrant sends one grant request with that form of the member client.
func (c *Client) requestGrant(ctx context.Context, authServer string, r *GrantRequest, asString bool) (*Grant, error) {
	body, err := encodeJSON(r.body(clientMember(c.walletAddress, asString)))
	if err != nil {
		return nil, err
	}
	x := &exchange{op: "request the grant", method: http.MethodPost, url: authServer, body: body, signed: true}
	if r.Finish != nil {
		x.secrets = []Secret{r.Finish.Nonce}
	}
	g, err := c.grant(ctx, x, func(a answerReader, o object) *Grant { return a.requestAnswer(o, r) })
	if err == nil && g.Interact != nil && r.Finish != nil {
		g.Pending = &PendingGrant{
			Pending: Pending{GrantEndpoint: authServer, Nonce: r.Finish.Nonce, Finish: g.Interact.Finish}, Continue: g.Continue,
			NotBefore: c.now().Round(0).UTC().Add(g.Continue.Wait),
		}
	}
	return g, err
}

// withNonce returns x with a nonce of 32 random bytes if it has none.
func (x *Finish) withNonce() *Finish {
	if x == nil || x.Nonce != "" {
		return x
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it cannot fail
	return &Finish{x.URI, Secret(base64.RawURLEncoding.EncodeToString(b))}
}

// grant sends x and reads the answer.
func (c *Client) grant(ctx context.Context, x *exchange, read func(answerReader, object) *Grant) (*Grant, error) {
	sent := c.now().Round(0)
	reply, err := c.do(ctx, x)
	if err != nil {
		return nil, err
	}
	var broken error
	a := answerReader{origin: netguard.Origin(reply.url), insecure: c.insecure, sent: sent}
	g := read(a, parseAnswer(reply, &broken))
	if broken != nil {
		return nil, x.invalid(reply.status, broken)
	}
	return g, nil
}

func (r GrantRequest) check() error {
	if len(r.Access) == 0 && r.Subject == "" {
		return &InvalidError{"access", "ask for access, for a subject, or for both"}
	}
	if err := checkAccess(r.Access); err != nil {
		return err
	}
	if r.Subject != "" {
		if err := checkURI("subject", r.Subject); err != nil {
			return err
		}
	}
	if r.Finish == nil {
		return nil
	}
	if err := checkURI("finish.uri", r.Finish.URI); err != nil {
		return err
	}
	if r.Finish.Nonce != "" && !isOneLine(string(r.Finish.Nonce)) {
		return &InvalidError{"finish.nonce", "give a fresh random string on one line, or none"}
	}
	return nil
}

func (r *GrantRequest) body(client json.RawMessage) grantBody {
	b := grantBody{Client: client}
	if len(r.Access) > 0 {
		b.AccessToken = &accessTokenBody{r.Access}
	}
	if r.Subject != "" {
		b.Subject = &subjectBody{[]subID{{r.Subject, "uri"}}}
	}
	if r.Interact || r.Subject != "" || r.Finish != nil {
		b.Interact = &interactBody{Start: []string{"redirect"}}
	}
	if r.Finish != nil {
		b.Interact.Finish = &finishBody{"redirect", r.Finish.URI, string(r.Finish.Nonce)}
	}
	return b
}
