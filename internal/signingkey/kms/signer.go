package kms

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/opgrants/opgrants/internal/signingkey"
)

// A signer is a [signingkey.Remote] in KMS.
type signer struct {
	client *Client
	arn    string
	public ed25519.PublicKey
}

// signTime limits one signature, with its repetitions. KMS takes milliseconds.
const signTime = 5 * time.Second

// maxRaw limits a message of type RAW, in bytes.
const maxRaw = 4096

// ErrTooLong is the error of a message that KMS does not sign. It is wrapped in the
// error of [signingkey.TooLong].
var ErrTooLong = errors.New("AWS KMS signs at most 4,096 bytes")

func (s *signer) Public() crypto.PublicKey { return s.public }
func (s *signer) Location() string         { return s.arn }

// Sign is [signer.SignContext] without a context. opts must be crypto.Hash(0): a hash
// would be another algorithm, Ed25519ph.
func (s *signer) Sign(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.Hash(0) {
		return nil, errors.New("the key signs messages, not hashes")
	}
	return s.SignContext(context.Background(), message)
}

// SignContext returns the Ed25519 signature of message.
func (s *signer) SignContext(ctx context.Context, message []byte) ([]byte, error) {
	if len(message) > maxRaw {
		return nil, signingkey.TooLong(fmt.Errorf("the signature base has %d bytes: %w", len(message), ErrTooLong))
	}
	ctx, cancel := context.WithTimeout(ctx, signTime)
	defer cancel()
	in := map[string]any{"KeyId": s.arn, "Message": message, "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}
	var out struct{ Signature []byte }
	if err := s.client.call(ctx, "Sign", in, &out); err != nil {
		return nil, explain(err, s.arn)
	}
	if len(out.Signature) != ed25519.SignatureSize {
		return nil, signingkey.Unavailable(errors.New("the answer of KMS has no Ed25519 signature"))
	}
	return out.Signature, nil
}
