package httpsig

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// The reasons why [Verifier.Verify] refuses a request. It wraps one of them and adds
// what is wrong. Test with [errors.Is].
var (
	// ErrNoSignature means that the field Signature-Input or Signature is missing, as
	// in a request that is signed in the older draft-cavage format.
	ErrNoSignature = errors.New("no signature")
	// ErrMalformed means that a field cannot be parsed, or that the signature uses
	// what this package or this [Verifier] does not accept: several signatures,
	// another label or algorithm, a component parameter, or a component that is
	// unknown or not in the request.
	ErrMalformed = errors.New("malformed signature")
	// ErrNotCovered means that the signature does not cover a required component.
	ErrNotCovered = errors.New("not covered by the signature")
	// ErrUnknownKey means that [Verifier.Key] returned no usable key for the keyid.
	ErrUnknownKey = errors.New("unknown key")
	// ErrBadSignature means that another key signed the request, or that a covered
	// component was changed.
	ErrBadSignature = errors.New("bad signature")
	// ErrExpired means that the signature has expired, or that it was created longer
	// ago, or further in the future, than [Verifier.MaxAge].
	ErrExpired = errors.New("signature outside its lifetime")
	// ErrDigest means that the content does not have the digest of the digest field.
	ErrDigest = errors.New("digest does not match")
)

// maxShown limits what an error repeats of a request, in characters.
const maxShown = 64

// clip shortens a text of a request for an error.
func clip(s string) string {
	if runes := []rune(s[:min(len(s), utf8.UTFMax*(maxShown+1))]); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return s
}

func malformed(err error) error { return fmt.Errorf("%w: %w", ErrMalformed, err) }
