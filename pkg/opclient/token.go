package opclient

import (
	"context"
	"net/http"

	"github.com/opgrants/opgrants/internal/netguard"
)

// Rotate exchanges an access token, which may have expired, for a new one (RFC
// 9635 section 6.1). The old value and its Manage URL no longer work then. A
// rotation of unknown outcome may be tried again. A token whose Manage is empty
// gives an [*InvalidError].
func (c *Client) Rotate(ctx context.Context, t *Token) (*Token, error) {
	x, err := t.exchange("rotate the token", http.MethodPost)
	if err != nil {
		return nil, err
	}
	sent := c.now().Round(0)
	reply, err := c.do(ctx, x)
	if err != nil {
		return nil, err
	}
	var broken error
	a := answerReader{origin: netguard.Origin(reply.url), insecure: c.insecure, sent: sent}
	rotated := a.rotationAnswer(parseAnswer(reply, &broken).object("access_token"))
	if broken != nil {
		return nil, x.invalid(reply.status, broken)
	}
	return rotated, nil
}

// Revoke ends an access token, and not its grant (RFC 9635 section 6.2). It
// returns nil only if the server answered 204.
func (c *Client) Revoke(ctx context.Context, t *Token) error {
	x, err := t.exchange("revoke the token", http.MethodDelete)
	if err != nil {
		return err
	}
	return c.end(ctx, x)
}

func (t *Token) exchange(op, method string) (*exchange, error) {
	if t == nil {
		return nil, &InvalidError{"token", "give a token; a grant has none before the user has consented"}
	}
	if t.Manage == "" {
		return nil, &InvalidError{"manage", "the server gave no URL to manage this token; it can be neither rotated nor revoked"}
	}
	return &exchange{op: op, method: method, url: t.Manage, token: t.Value, signed: true, secrets: []Secret{t.Value}}, nil
}
