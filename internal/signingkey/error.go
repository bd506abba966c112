package signingkey

import (
	"errors"
	"fmt"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Missing is a key that was not put yet. Detail names the command that does.
func Missing(detail string, cause error) *grant.Error {
	return &grant.Error{Code: grant.CodeKeyMissing, Detail: detail, Err: notSent(cause)}
}

// Invalid is a key that cannot be used; cause says why without repeating it.
func Invalid(cause error) *grant.Error {
	return &grant.Error{
		Code:   grant.CodeKeyInvalid,
		Detail: "The signing key of this deployment cannot be used; its log says why. Its operator has to replace it.",
		Err:    notSent(cause),
	}
}

// Unavailable is the error of a key that cannot be read or used now; cause says why,
// without a secret.
func Unavailable(cause error) *grant.Error {
	return &grant.Error{
		Code:       grant.CodeKeyUnavailable,
		Detail:     "The signing key of this deployment cannot be read now. Try again; its log says what is wrong.",
		RetryAfter: 2 * time.Second,
		Err:        notSent(cause),
	}
}

// refused is a key that the server does not accept, also after reading it again.
// Its chain keeps the server's answer.
func refused(k *Key, answer, reading error) *grant.Error {
	if reading != nil {
		answer = fmt.Errorf("%w; reading the key again: %v", answer, reading)
	}
	e := &grant.Error{
		Code: grant.CodeKeyRefused,
		Detail: fmt.Sprintf("The wallet's server does not accept our signature: the JWKS of %s must be reachable for it and list the key %q.",
			k.WalletAddress, k.KeyID),
		Err: answer,
	}
	var said *opclient.Error
	if errors.As(answer, &said) {
		e.Upstream = &grant.Upstream{Status: said.Status, Code: said.Code, Description: said.Description}
	}
	return e
}

// TooLong is the error of a request that is too long for the key to sign. The
// wallet chose what makes it long.
func TooLong(cause error) *grant.Error {
	return &grant.Error{
		Code: grant.CodeWalletInvalid,
		Detail: "The token or the URL that the wallet gave is too long for the signing key of this deployment, which is in AWS KMS. " +
			"A key in AWS Secrets Manager signs it.",
		Err: notSent(cause),
	}
}

// notSent: without a key nothing is sent, so that it is safe to try again.
func notSent(cause error) error {
	if cause == nil {
		return opclient.ErrNotSent
	}
	return fmt.Errorf("%w: %w", opclient.ErrNotSent, cause)
}
