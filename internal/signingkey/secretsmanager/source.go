// Package secretsmanager reads the signing key from AWS Secrets Manager.
package secretsmanager

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/opgrants/opgrants/internal/signingkey"
)

// A Source is a [signingkey.Source] in a secret, in the form that
// [signingkey.ParseSecret] reads.
type Source struct {
	client *secretsmanager.Client
	secret string
}

// New is the source in that secret, by its name or ARN.
func New(client *secretsmanager.Client, secret string) *Source {
	return &Source{client: client, secret: secret}
}

// Read reads the secret's current value. A secret without a value is a missing
// key: that is how a new deployment starts.
func (s *Source) Read(ctx context.Context) (*signingkey.Key, error) {
	if err := signingkey.CheckDeadline(ctx); err != nil {
		return nil, err
	}
	out, err := s.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.secret})
	var notFound *types.ResourceNotFoundException
	if errors.As(err, &notFound) {
		return nil, s.missing(err)
	}
	if err != nil {
		return nil, err
	}
	value := string(out.SecretBinary)
	if out.SecretString != nil {
		value = *out.SecretString
	}
	if strings.TrimSpace(value) == "" {
		return nil, s.missing(nil)
	}
	key, err := signingkey.ParseSecret([]byte(value))
	if err != nil {
		return nil, signingkey.Invalid(err)
	}
	return key, nil
}

func (s *Source) missing(cause error) error {
	return signingkey.Missing("The signing key was not put yet. The operator of this deployment does that with: "+
		"aws secretsmanager put-secret-value --secret-id "+s.secret+" --secret-string file://private-key.secret.json "+
		"(`opgrants keygen --client-wallet URL` makes the key and that file).", cause)
}
