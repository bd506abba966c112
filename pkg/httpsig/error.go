package httpsig

import (
	"errors"
	"fmt"
)

// Why a request was refused. [Verifier.Verify] wraps one of these with what was
// wrong; test with [errors.Is].
var (
	// ErrNoSignature: the field Signature-Input or Signature is missing. A request
	// signed in the older draft-cavage format is one of these.
	ErrNoSignature = errors.New("no signature")
	// ErrMalformed: a field does not parse, or the signature uses what this package
	// or this [Verifier] does not take: several signatures, another label or
	// algorithm, a component parameter, a component that is unknown or not there.
	ErrMalformed = errors.New("malformed signature")
	// ErrNotCovered: the signature does not cover what it must.
	ErrNotCovered = errors.New("not covered by the signature")
	// ErrUnknownKey: [Verifier.Key] has no key for the keyid.
	ErrUnknownKey = errors.New("unknown key")
	// ErrBadSignature: another key signed it, or what it covers was changed.
	ErrBadSignature = errors.New("bad signature")
	// ErrExpired: past its expires, or created too long ago or ahead.
	ErrExpired = errors.New("signature outside its lifetime")
	// ErrDigest: the content is not what the digest field says.
	ErrDigest = errors.New("digest does not match")
)

func malformed(err error) error { return fmt.Errorf("%w: %w", ErrMalformed, err) }
