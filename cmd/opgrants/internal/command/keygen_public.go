package command

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/internal/config"
)

// maxPublicKey limits the file with a public key, in bytes.
const maxPublicKey = 64 << 10

// printPublic prints what to register of a public key that is in a file, and writes
// nothing.
func (c *Keygen) printPublic(out *cli.Output) error {
	text, err := readLimited(c.PublicKey)
	if err != nil {
		return exit.Usage.With("the file of --public-key: %w", err)
	}
	public, arn, err := parsePublicKey(text)
	if err != nil {
		return exit.Key.With("the file of --public-key: %w", err)
	}
	jwk, err := identity.NewJWK(public, c.KeyID)
	if err != nil {
		return exit.Usage.With("--key-id: %w", err)
	}
	described, err := jwk.Describe()
	if err != nil {
		return err
	}
	encoded, err := jwk.Base64()
	if err != nil {
		return err
	}
	described = strings.Trim(described, "\n")
	if arn != "" {
		described += fmt.Sprintf("\n\nUse it on AWS\n  SIGNING_KEY_KMS=%s KEY_ID=%s", arn, jwk.KeyID)
	}
	return out.Key(described, newKey{KeyID: jwk.KeyID, KMSKey: arn, JWK: jwk, JWKInBase64: encoded})
}

// readLimited reads a file. The error does not show path, which may be a secret.
func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	var with *fs.PathError
	if errors.As(err, &with) {
		return nil, with.Err
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxPublicKey+1))
	if errors.As(err, &with) { // a directory
		err = with.Err
	}
	if err == nil && len(text) > maxPublicKey {
		err = errors.New("the file is too big for a public key")
	}
	return text, err
}

var errNotPublic = errors.New("this is not a public key. Give what `aws kms get-public-key --key-id KEY` prints, or the key as PEM or DER")

// parsePublicKey reads the answer of `aws kms get-public-key` as JSON, or a
// SubjectPublicKeyInfo (RFC 5280) as PEM, DER or base64. arn is that of the KMS key, if
// it is told. No error repeats anything of text, which may be a private key.
func parsePublicKey(text []byte) (public ed25519.PublicKey, arn string, err error) {
	der := bytes.TrimSpace(text)
	if bytes.HasPrefix(der, []byte("{")) {
		var answer struct {
			KeyID     string `json:"KeyId"`
			KeySpec   string
			PublicKey []byte
		}
		if json.Unmarshal(der, &answer) != nil || len(answer.PublicKey) == 0 {
			return nil, "", errNotPublic
		}
		der, arn = answer.PublicKey, answer.KeyID
	} else if block, _ := pem.Decode(der); block != nil {
		der = block.Bytes
	} else if raw, err := base64.StdEncoding.DecodeString(string(der)); err == nil {
		der = raw
	} else {
		der = text // DER may end with a byte that looks like white space
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		if config.LooksLikeKey(string(text)) {
			return nil, "", errors.New("this is a private key. Give the public half only")
		}
		return nil, "", errNotPublic
	}
	public, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, "", errors.New("this is not an Ed25519 key. Make the KMS key with --key-spec ECC_NIST_EDWARDS25519 --key-usage SIGN_VERIFY")
	}
	return public, arn, nil
}
