package kms

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/opgrants/opgrants/internal/signingkey"
)

// An apiError is what KMS said instead of an answer.
type apiError struct {
	status  int
	code    string // AccessDeniedException, …
	message string
}

func (e *apiError) Error() string {
	return fmt.Sprintf("KMS answered %d %s: %s", e.status, e.code, e.message)
}

const maxMessage = 500 // bytes of KMS's own words

func parseError(status int, answer []byte) *apiError {
	var said struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // or Message: encoding/json ignores the case
	}
	_ = json.Unmarshal(answer, &said) // something in front of KMS may have answered
	code := said.Type[strings.LastIndexByte(said.Type, '#')+1:]
	return &apiError{status, code, said.Message[:min(len(said.Message), maxMessage)]}
}

// isPassing reports whether the same request may succeed in a moment.
func (e *apiError) isPassing() bool {
	switch e.code {
	case "ThrottlingException", "DependencyTimeoutException", "KeyUnavailableException", "KMSInternalException":
		return true
	}
	return e.status >= 500
}

// explain returns the error of err for who operates this deployment: what KMS said,
// and what to do.
func explain(err error, key string) error {
	var e *apiError
	if !errors.As(err, &e) {
		return signingkey.Unavailable(err)
	}
	say := func(todo string) error { return fmt.Errorf("the KMS key %s: %s (%w)", key, todo, e) }
	switch e.code {
	case "NotFoundException":
		return signingkey.Missing("The signing key of this deployment is not in AWS KMS. Its operator checks SIGNING_KEY_KMS: "+
			"the key's ARN, or an alias such as alias/opgrants, in the region of this deployment.", say("there is no such key in this account and region"))
	case "AccessDeniedException":
		return signingkey.Unavailable(say("this function may not use it. Allow kms:Sign and kms:GetPublicKey on the key's ARN in the role of the function, and in the policy of the key"))
	case "DisabledException":
		return signingkey.Invalid(say("it is disabled. Enable it with `aws kms enable-key --key-id " + key + "`, or configure another key"))
	case "KMSInvalidStateException":
		return signingkey.Invalid(say("it cannot be used in its state. If its deletion is scheduled, keep it with `aws kms cancel-key-deletion --key-id " + key + "` and enable it"))
	case "InvalidKeyUsageException", "UnsupportedOperationException":
		return signingkey.Invalid(say(wrongSpec))
	case "ThrottlingException", "LimitExceededException":
		return signingkey.Unavailable(say(`KMS limits the rate. Raise the quota "Cryptographic operations (ECC) request rate" of KMS in Service Quotas, or keep the signing key in Secrets Manager`))
	case "UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken":
		return signingkey.Unavailable(say("KMS does not accept the credentials of this function"))
	}
	return signingkey.Unavailable(say("KMS could not use it"))
}

const wrongSpec = "it cannot sign for Open Payments. Make one with `aws kms create-key --key-spec ECC_NIST_EDWARDS25519 --key-usage SIGN_VERIFY`"
