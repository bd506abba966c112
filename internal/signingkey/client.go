package signingkey

import (
	"context"
	"errors"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Client is an [opclient.Client] whose key comes from a [Source]. It satisfies
// [grant.AuthorizationServer]. Besides the opclient's, its errors are
// [grant.Error]s: the key is missing, invalid, cannot be read, or was refused.
type Client struct {
	base *opclient.Client
	keys *reader
}

// NewClient makes a client that shares connections and the wallet addresses that
// were read with base, which needs no key. It reads nothing yet.
func NewClient(source Source, base *opclient.Client) *Client {
	return &Client{base: base, keys: newReader(source, base)}
}

// Warm reads the key, if that was not done, so that a first request need not.
func (c *Client) Warm(ctx context.Context) error {
	_, err := c.keys.get(ctx)
	return err
}

// WalletAddress reads a wallet address, which needs no key.
func (c *Client) WalletAddress(ctx context.Context, url string) (*opclient.WalletAddress, error) {
	if err := CheckDeadline(ctx); err != nil {
		return nil, notSent(err)
	}
	return c.base.WalletAddress(ctx, url)
}

// RequestGrant asks an authorization server for a grant.
func (c *Client) RequestGrant(ctx context.Context, authServer string, r opclient.GrantRequest) (*opclient.Grant, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.Grant, error) { return o.RequestGrant(ctx, authServer, r) })
}

// Continue continues a grant after its interaction. It is sent again only after
// invalid_client, which a server says before it uses up an interact_ref.
func (c *Client) Continue(ctx context.Context, k opclient.Continue, interactRef string) (*opclient.Grant, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.Grant, error) { return o.Continue(ctx, k, interactRef) })
}

// Poll asks for the outcome of a grant without an interact_ref.
func (c *Client) Poll(ctx context.Context, k opclient.Continue) (*opclient.Grant, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.Grant, error) { return o.Poll(ctx, k) })
}

// Cancel ends a grant at the server.
func (c *Client) Cancel(ctx context.Context, k opclient.Continue) error {
	_, err := call(ctx, c.keys, func(o *opclient.Client) (struct{}, error) { return struct{}{}, o.Cancel(ctx, k) })
	return err
}

// Rotate exchanges an access token for a new one. It is sent again only after
// invalid_client, with which a server rotates nothing. As a server says that also
// of a token that it does not know (any more), such an error need not be the
// key's: its chain keeps the server's answer.
func (c *Client) Rotate(ctx context.Context, t *opclient.Token) (*opclient.Token, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.Token, error) { return o.Rotate(ctx, t) })
}

// call signs with the key and sends. If the server does not accept the signature, or
// a [Remote] key cannot sign any more, it reads the key again, and sends once more if
// that has changed: a secret was replaced, or an alias in KMS names another key.
func call[T any](ctx context.Context, keys *reader, send func(*opclient.Client) (T, error)) (T, error) {
	var none T
	if err := CheckDeadline(ctx); err != nil {
		return none, notSent(err)
	}
	signed, err := keys.get(ctx)
	if err != nil {
		return none, err
	}
	answer, err := send(signed.client)
	failure := signingFailure(err)
	switch {
	case failure == nil && !isKeyRefused(err):
		return answer, err
	case failure != nil && !isReplaceable(failure):
		return none, failure
	}
	next, reading := keys.getChanged(ctx, signed)
	switch {
	case next == nil && failure != nil:
		return none, failure
	case next == nil:
		return none, refused(signed.key, err, reading)
	}
	answer, err = send(next.client)
	if failure := signingFailure(err); failure != nil {
		return none, failure
	}
	if isKeyRefused(err) {
		return none, refused(next.key, err, nil)
	}
	return answer, err
}

// callOnce signs with the key. If the server does not accept that, or the key cannot
// sign any more, it reads the key again for the calls after this one, and returns the
// server's answer or why the key did not sign.
func callOnce[T any](ctx context.Context, keys *reader, send func(*opclient.Client) (T, error)) (T, error) {
	var none T
	if err := CheckDeadline(ctx); err != nil {
		return none, notSent(err)
	}
	signed, err := keys.get(ctx)
	if err != nil {
		return none, err
	}
	answer, err := send(signed.client)
	failure := signingFailure(err)
	if isKeyRefused(err) || failure != nil && isReplaceable(failure) {
		_, _ = keys.getChanged(ctx, signed)
	}
	if failure != nil {
		return none, failure
	}
	return answer, err
}

// signingFailure returns the error of a [Remote] that could not sign, or nil.
func signingFailure(err error) *grant.Error {
	var failure *grant.Error
	errors.As(err, &failure)
	return failure
}

// isReplaceable reports whether another key may sign where this one could not: an alias
// in KMS may name one by now.
func isReplaceable(failure *grant.Error) bool {
	return failure.Code == grant.CodeKeyInvalid || failure.Code == grant.CodeKeyMissing
}

// isKeyRefused reports whether a server did not accept the key, and so did nothing:
// an authorization server says invalid_client, a resource server has a sentence.
func isKeyRefused(err error) bool {
	return opclient.HasCode(err, opclient.CodeInvalidClient) || errors.Is(err, opclient.ErrInvalidSignature)
}
