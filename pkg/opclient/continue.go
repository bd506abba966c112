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
// section 5.1). Do not send a reference again whose outcome is unknown: the
// server could issue a further token for it.
func (c *Client) Continue(ctx context.Context, k Continue, interactRef string) (*Grant, error) {
	if interactRef == "" || !utf8.ValidString(interactRef) {
		return nil, &InvalidError{"interact_ref", "give the reference of the finish redirect; without one there is Poll"}
	}
	body, err := encodeJSON(continueBody{interactRef})
	if err != nil {
		return nil, err
	}
	x := k.exchange("continue the grant", http.MethodPost)
	x.body, x.secrets = body, append(x.secrets, Secret(interactRef))
	return c.grant(ctx, x, answerReader.grant)
}

// Poll asks whether a grant that was requested without a finish has been
// consented to (RFC 9635 section 5.2). Until then the answer has neither Token
// nor Subject, but tells how long to wait.
func (c *Client) Poll(ctx context.Context, k Continue) (*Grant, error) {
	return c.grant(ctx, k.exchange("poll the grant", http.MethodPost), answerReader.grant)
}

// Cancel ends a grant in whatever state it is, its access tokens too (RFC 9635
// section 5.4). A server that no longer knows the grant refuses with
// [CodeInvalidContinuation].
func (c *Client) Cancel(ctx context.Context, k Continue) error {
	return c.end(ctx, k.exchange("cancel the grant", http.MethodDelete))
}

func (k Continue) exchange(op, method string) *exchange {
	return &exchange{op: op, method: method, url: k.URI, token: k.Token, signed: true, secrets: []Secret{k.Token}}
}

// end sends a DELETE.
func (c *Client) end(ctx context.Context, x *exchange) error {
	reply, err := c.do(ctx, x)
	if err != nil {
		return err
	}
	if reply.status != http.StatusNoContent {
		return x.invalid(reply.status, errors.New("the server must answer 204"))
	}
	return nil
}
