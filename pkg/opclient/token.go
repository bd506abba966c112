package opclient

import (
	"context"
	"net/http"

	"github.com/opgrants/opgrants/internal/netguard"
)

// Rotate exchanges an access token, which may have expired, for a new one (RFC
// 9635 section 6.1). The old value and its management URI are dead from then on.
// A rotation of unknown outcome may be tried again.
func (c *Client) Rotate(ctx context.Context, t *Token) (*Token, error) {
	x := t.exchange("rotate the token", http.MethodPost)
	sent := c.now().Round(0)
	reply, err := c.do(ctx, x)
	if err != nil {
		return nil, err
	}
	var broken error
	a := answerReader{origin: netguard.Origin(reply.url), insecure: c.insecure, sent: sent}
	rotated := a.token(parseAnswer(reply, &broken).object("access_token"))
	if broken != nil {
		return nil, x.invalid(reply.status, broken)
	}
	return rotated, nil
}

// Revoke ends an access token; its grant lives on (RFC 9635 section 6.2).
func (c *Client) Revoke(ctx context.Context, t *Token) error {
	return c.end(ctx, t.exchange("revoke the token", http.MethodDelete))
}

func (t *Token) exchange(op, method string) *exchange {
	return &exchange{op: op, method: method, url: t.Manage, token: t.Value, signed: true, secrets: []Secret{t.Value}}
}
