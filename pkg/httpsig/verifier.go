package httpsig

import (
	"crypto/ed25519"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// A Verifier verifies the signature of a request. It takes exactly one.
type Verifier struct {
	// Key finds the public key of a keyid, "" when the signature names none. Its
	// error is wrapped in ErrUnknownKey.
	Key func(keyID string) (ed25519.PublicKey, error)

	// Label is the only one taken; "": any.
	Label string

	// Require are components that must be in the request and covered. Nil requires
	// "@method" and "@target-uri".
	Require []string
	// RequirePresent are header fields that must be covered whenever the request has
	// them. Nil requires "authorization".
	RequirePresent []string
	// InsecureBody takes a body without a covered Content-Digest: nothing shows
	// then that the signer sent it.
	InsecureBody bool

	// MaxAge is how far created may be from now, in the past or, as clocks differ,
	// in the future. 0: created is not looked at. An expires is always obeyed.
	MaxAge time.Duration
	Now    func() time.Time // nil: time.Now

	// Scheme that the client used, where a proxy speaks TLS for this server:
	// "https". "": as the connection is.
	Scheme string
	// Content is what a covered Content-Digest is compared with. Nil: the body as
	// received, which is read into memory and put back; limit it with
	// [http.MaxBytesReader] before.
	Content func(*http.Request) ([]byte, error)
}

// A Result says what a good signature covers.
type Result struct {
	Label      string
	Components []string // covered, in the signature's order
	Params              // its KeyID, Nonce, Tag and times
}

// Verify verifies r as a server received it. The error wraps one of this
// package's Err… values, or is that of reading the body. Whether a nonce was
// seen before, and what the tag must be, is the caller's to check.
func (v *Verifier) Verify(r *http.Request) (*Result, error) {
	result, err := v.verify(r)
	if err != nil {
		return nil, fmt.Errorf("httpsig: %w", err)
	}
	return result, nil
}

func (v *Verifier) verify(r *http.Request) (*Result, error) {
	sig, err := parseSignature(r.Header)
	if err != nil {
		return nil, err
	}
	if v.Label != "" && sig.label != v.Label {
		return nil, fmt.Errorf("%w: the label is %q, want %q", ErrMalformed, sig.label, v.Label)
	}
	m, err := received(r, v.Scheme)
	if err != nil {
		return nil, malformed(err)
	}
	if err := v.checkCovered(m, sig.components); err != nil {
		return nil, err
	}
	if err := v.checkTime(sig.params); err != nil {
		return nil, err
	}
	if err := v.checkSignature(m, sig); err != nil {
		return nil, err
	}
	// Only now, so that strangers cannot make us read what they send.
	if err := v.checkContent(r, sig.components); err != nil {
		return nil, err
	}
	return &Result{Label: sig.label, Components: sig.components, Params: sig.params}, nil
}

func (v *Verifier) checkCovered(m *message, components []string) error {
	required := v.Require
	if required == nil {
		required = []string{"@method", "@target-uri"}
	}
	for _, c := range required {
		if !slices.Contains(components, c) {
			return fmt.Errorf("%w: %s", ErrNotCovered, c)
		}
	}
	present := v.RequirePresent
	if present == nil {
		present = []string{"authorization"}
	}
	for _, c := range present {
		if m.field(c) != nil && !slices.Contains(components, c) {
			return fmt.Errorf("%w: %s, which the request has", ErrNotCovered, c)
		}
	}
	return nil
}

func (v *Verifier) checkTime(p Params) error {
	now := time.Now()
	if v.Now != nil {
		now = v.Now()
	}
	if !p.Expires.IsZero() && now.After(p.Expires) {
		return fmt.Errorf("%w: expired at %s", ErrExpired, p.Expires.Format(time.RFC3339))
	}
	if v.MaxAge <= 0 {
		return nil
	}
	if p.Created.IsZero() {
		return fmt.Errorf("%w: it has no created", ErrExpired)
	}
	if now.Sub(p.Created).Abs() > v.MaxAge {
		return fmt.Errorf("%w: created at %s, it is %s", ErrExpired, p.Created.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

func (v *Verifier) checkSignature(m *message, sig *signature) error {
	base, err := signatureBase(m, sig.components, sig.input)
	if err != nil {
		return malformed(err)
	}
	key, err := v.Key(sig.params.KeyID)
	if err != nil {
		return fmt.Errorf("%w: %q: %w", ErrUnknownKey, sig.params.KeyID, err)
	}
	if len(key) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: %q: it has %d bytes, an Ed25519 key has %d", ErrUnknownKey, sig.params.KeyID, len(key), ed25519.PublicKeySize)
	}
	if !ed25519.Verify(key, []byte(base), sig.bytes) {
		return fmt.Errorf("%w: key %q did not sign this request", ErrBadSignature, sig.params.KeyID)
	}
	return nil
}

// checkContent compares the content with its digest, which alone ties a body to
// the signature (RFC 9421 section 7.2.8).
func (v *Verifier) checkContent(r *http.Request, components []string) error {
	if !slices.Contains(components, "content-digest") {
		if v.InsecureBody {
			return nil
		}
		has, err := hasBody(r)
		if err == nil && has {
			err = fmt.Errorf("%w: content-digest, and the request has a body", ErrNotCovered)
		}
		return err
	}
	content := v.Content
	if content == nil {
		content = readAndRestore
	}
	b, err := content(r)
	if err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	return VerifyDigest(r.Header["Content-Digest"], b)
}
