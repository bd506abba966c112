package httpsig

import (
	"crypto/ed25519"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// A Verifier verifies the signature of a request. The request must have exactly one.
// Key is required. Several goroutines may use a Verifier at once if they may use its
// functions at once.
type Verifier struct {
	// Key returns the public key of a keyid, which is "" if the signature has none.
	// Verify wraps its error in ErrUnknownKey. The keyid comes from the request: it
	// can be long.
	Key func(keyID string) (ed25519.PublicKey, error)

	// Label is the label that the signature must have. "": any.
	Label string

	// Require lists the components that the request must have and the signature must
	// cover. Nil: "@method" and "@target-uri".
	Require []string
	// RequirePresent lists the header fields that the signature must cover if the
	// request has them. Nil: "authorization".
	RequirePresent []string
	// InsecureBody accepts a body without a covered Content-Digest. Anybody could
	// have changed such a body.
	InsecureBody bool

	// MaxAge is how far created may be from now: in the past, or in the future, as
	// clocks differ. 0: any. A signature with expires is refused after that time,
	// whatever MaxAge is.
	MaxAge time.Duration
	Now    func() time.Time // nil: time.Now

	// Scheme is the scheme that the client used. Set it to "https" if a proxy handles
	// TLS for this server. "": that of the connection.
	Scheme string
	// Content returns the content that a covered Content-Digest is compared with. Nil:
	// the received body. Verify then reads it into memory and puts it back; limit its
	// size with [http.MaxBytesReader] before.
	Content func(*http.Request) ([]byte, error)
}

// A Result describes a signature that was verified. A parameter that it has not
// (RFC 9421 section 2.3) has its zero value. Times are in whole seconds.
type Result struct {
	Label             string
	Components        []string // that it covers, in its order
	Created, Expires  time.Time
	KeyID, Nonce, Tag string
}

// Verify verifies the signature of r, as a server received it. Its error wraps one of
// the Err… values of this package, or the error of reading the body. Verify does not
// check whether a nonce was used before, nor the tag: the caller must.
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
		return nil, fmt.Errorf("%w: the label is %q, want %q", ErrMalformed, clip(sig.label), clip(v.Label))
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
	// This is the last step, so that only the owner of a key can make us read a body.
	if err := v.checkContent(r, sig.components); err != nil {
		return nil, err
	}
	return &Result{Label: sig.label, Components: sig.components, Created: sig.params.Created, Expires: sig.params.Expires,
		KeyID: sig.params.KeyID, Nonce: sig.params.Nonce, Tag: sig.params.Tag}, nil
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

func (v *Verifier) checkTime(p params) error {
	now := time.Now()
	if v.Now != nil {
		now = v.Now()
	}
	if !p.Expires.IsZero() && now.After(p.Expires) {
		return fmt.Errorf("%w: it expired at %s", ErrExpired, p.Expires.Format(time.RFC3339))
	}
	if v.MaxAge <= 0 {
		return nil
	}
	if p.Created.IsZero() {
		return fmt.Errorf("%w: it has no created", ErrExpired)
	}
	if now.Sub(p.Created).Abs() > v.MaxAge {
		return fmt.Errorf("%w: it was created at %s, and now is %s", ErrExpired, p.Created.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

func (v *Verifier) checkSignature(m *message, sig *signature) error {
	base, err := signatureBase(m, sig.components, sig.input)
	if err != nil {
		return malformed(err)
	}
	key, err := v.Key(sig.params.KeyID)
	shown := clip(sig.params.KeyID)
	if err != nil {
		return fmt.Errorf("%w: %q: %w", ErrUnknownKey, shown, err)
	}
	if len(key) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: %q: it has %d bytes, an Ed25519 key has %d", ErrUnknownKey, shown, len(key), ed25519.PublicKeySize)
	}
	if !ed25519.Verify(key, base, sig.bytes) {
		return fmt.Errorf("%w: key %q did not sign this request", ErrBadSignature, shown)
	}
	return nil
}

// checkContent compares the content with its digest. A signature covers a body only
// through its digest (RFC 9421 section 7.2.8).
func (v *Verifier) checkContent(r *http.Request, components []string) error {
	if !slices.Contains(components, "content-digest") {
		if v.InsecureBody {
			return nil
		}
		has, err := hasBody(r)
		if has {
			err = fmt.Errorf("%w: content-digest of a request with a body", ErrNotCovered)
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
