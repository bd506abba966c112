package kms

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/opgrants/opgrants/internal/signingkey"
)

// A Source is a [signingkey.Source] in AWS KMS.
type Source struct {
	Client *Client
	// Key is the ARN, the id or the alias (alias/…) of the key.
	Key           string
	WalletAddress string
	// KeyID is the kid in the JWKS of WalletAddress. "": the RFC 7638 thumbprint of the
	// key, as `opgrants keygen --public-key` prints, so that an alias can be moved to
	// another key without a new configuration.
	KeyID string
}

// Read reads the public half of the key, and finds the ARN that an alias names now.
func (s *Source) Read(ctx context.Context) (*signingkey.Key, error) {
	if err := signingkey.CheckDeadline(ctx); err != nil {
		return nil, err
	}
	var out struct {
		KeyID     string `json:"KeyId"` // the ARN
		KeySpec   string
		KeyUsage  string
		PublicKey []byte
	}
	if err := s.Client.call(ctx, "GetPublicKey", map[string]string{"KeyId": s.Key}, &out); err != nil {
		return nil, explain(err, s.Key)
	}
	if out.KeySpec != "ECC_NIST_EDWARDS25519" || out.KeyUsage != "SIGN_VERIFY" {
		return nil, signingkey.Invalid(fmt.Errorf("the KMS key %s: its spec is %.40s and its usage %.40s: %s", s.Key, out.KeySpec, out.KeyUsage, wrongSpec))
	}
	parsed, err := x509.ParsePKIXPublicKey(out.PublicKey)
	public, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok || out.KeyID == "" {
		return nil, signingkey.Unavailable(errors.New("the answer of KMS has no ARN, or no Ed25519 key as SubjectPublicKeyInfo"))
	}
	keyID := s.KeyID
	if keyID == "" {
		keyID = signingkey.Thumbprint(public)
	}
	return signingkey.KeyOf(s.WalletAddress, keyID, &signer{client: s.Client, arn: out.KeyID, public: public}), nil
}
