package opclient

import (
	"context"
	"errors"
	"net/http"
	"unicode/utf8"
)

type continueBody struct {
	InteractRef string `json:"interact_ref"`
}

// Continue exchanges the interact_ref of a verified finish (see
// [Pending.VerifyFinish]) for an access token, a subject, or both (RFC 9635
// section 5.1). After [ErrOutcomeUnknown] do not send the reference again: the
// server could issue a second token for it.
func (c *Client) Continue(ctx context.Context, k Continue, interactRef string) (*Grant, error) {
	if interactRef == "" || len(interactRef) > maxText || !utf8.ValidString(interactRef) {
		return nil, &InvalidError{"interact_ref", "give the reference of the finish redirect; without one there is Poll"}
	}
	body, err := encodeJSON(continueBody{interactRef})
	if err != nil {
		return nil, err
	}
	x := k.exchange("continue the grant", http.MethodPost)
	x.body, x.secrets = body, append(x.secrets, Secret(interactRef))
	return c.grant(ctx, x, k.answer)
}

// Poll asks whether the user has consented to a grant that was requested without
// a finish (RFC 9635 section 5.2). Until then the answer has neither Token nor
// Subject, and says how long to wait.
func (c *Client) Poll(ctx context.Context, k Continue) (*Grant, error) {
	return c.grant(ctx, k.exchange("poll the grant", http.MethodPost), k.answer)
}

// Cancel ends a grant in whatever state it is, and its access tokens (RFC 9635
// section 5.4). It returns nil only if the server answered 204. Use [IsGone] to
// see whether an error says that the grant no longer exists.
func (c *Client) Cancel(ctx context.Context, k Continue) error {
	return c.end(ctx, k.exchange("cancel the grant", http.MethodDelete))
}

func (k Continue) exchange(op, method string) *exchange {
	return &exchange{op: op, method: method, url: k.URI, token: k.Token, signed: true, secrets: []Secret{k.Token}}
}

// answer reads the answer to a request that was sent with k.
func (k Continue) answer(a answerReader, o object) *Grant { return a.continueAnswer(o, k) }

// end sends a DELETE.
func (c *Client) end(ctx context.Context, x *exchange) error {
	reply, err := c.do(ctx, x)
	if err != nil {
		return err
	}
	switch {
	case reply.status == http.StatusNoContent:
		return nil
	case isWebPage(reply.body):
		return x.invalid(reply.status, errors.New("the server must answer 204; this is a web page"))
	}
	return x.invalid(reply.status, errors.New("the server must answer 204"))
}
