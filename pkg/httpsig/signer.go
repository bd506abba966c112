package httpsig

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// defaultLabel is the label of the signature in Signature-Input and Signature if
// [Signer.Label] is empty.
const defaultLabel = "sig1"

// A Signer signs requests. Several goroutines may use it at once if they may use its
// functions and its Key at once.
type Signer struct {
	KeyID string // the parameter keyid; "": left out
	// Key must be an Ed25519 key. If it has a method
	//
	//	SignContext(ctx context.Context, message []byte) ([]byte, error)
	//
	// Sign calls that instead, with the context of the request: for a key that is
	// in another machine.
	Key   crypto.Signer
	Tag   string // the parameter tag, "gnap" in GNAP; "": left out
	Label string // "": sig1

	// Components are what the signature covers, in this order. The request must have
	// all of them. Nil: what RFC 9635 section 7.3.1 requires, which is "@method" and
	// "@target-uri"; "authorization" if the request has it; "content-digest",
	// "content-length" and "content-type" if it has a body.
	Components []string

	Lifetime time.Duration    // from created to expires; 0: no expires
	Now      func() time.Time // nil: time.Now
	Nonce    func() string    // nil: 16 random bytes in base64url; returning "" leaves it out
}

// Format prints the key's id and the tag, and no key.
func (s Signer) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "httpsig.Signer{KeyID:%q Tag:%q}", s.KeyID, s.Tag)
}

// MarshalJSON fails: a Signer holds a private key.
func (Signer) MarshalJSON() ([]byte, error) {
	return nil, errors.New("httpsig: a Signer is not encoded as JSON")
}

// Sign signs r as net/http sends it. It sets Signature-Input and Signature, and
// Content-Digest (sha-512) if that is covered. Set everything else in r before. Sign
// reads the body into memory, so that r.Body and r.GetBody return it again, and sets
// r.ContentLength. It percent-encodes the query where a URL requires that, so that the
// signature covers what is sent.
//
// Call Sign again before each retry. It replaces the old signature. If it returns an
// error, do not send r.
func (s *Signer) Sign(r *http.Request) error {
	if err := s.sign(r); err != nil {
		return fmt.Errorf("httpsig: sign the request: %w", err)
	}
	return nil
}

func (s *Signer) sign(r *http.Request) error {
	if s.Key == nil {
		return errors.New("there is no key")
	}
	if private, ok := s.Key.(ed25519.PrivateKey); ok && len(private) != ed25519.PrivateKeySize {
		return fmt.Errorf("the key must have %d bytes, it has %d", ed25519.PrivateKeySize, len(private))
	}
	if public := s.Key.Public(); !isEd25519(public) {
		return fmt.Errorf("the key must be Ed25519, it is %T", public)
	}
	content, err := buffer(r)
	if err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	escapeQuery(r)
	if r.Header == nil {
		r.Header = http.Header{}
	}
	components, err := s.components(r)
	if err != nil {
		return err
	}
	if slices.Contains(components, "content-digest") {
		r.Header.Set("Content-Digest", Digest(content))
	}
	return s.seal(r, components)
}

func isEd25519(public crypto.PublicKey) bool {
	_, ok := public.(ed25519.PublicKey)
	return ok
}

// components returns the components that the signature covers.
func (s *Signer) components(r *http.Request) ([]string, error) {
	components := s.Components
	if components == nil {
		components = append(make([]string, 0, 6), "@method", "@target-uri")
		if len(r.Header.Values("Authorization")) > 0 {
			components = append(components, "authorization")
		}
		if r.ContentLength > 0 {
			components = append(components, "content-digest", "content-length", "content-type")
		}
	}
	return components, checkComponents(components)
}

// seal computes the signature and sets the two fields.
func (s *Signer) seal(r *http.Request, components []string) error {
	m, err := outgoing(r)
	if err != nil {
		return err
	}
	label := s.Label
	if label == "" {
		label = defaultLabel
	}
	if !isKey(label) {
		return fmt.Errorf("label %q is not of lower-case letters, digits and _-.*", clip(label))
	}
	input, err := inputValue(components, s.params())
	if err != nil {
		return err
	}
	base, err := signatureBase(m, components, input)
	if err != nil {
		return err
	}
	signature, err := s.compute(r.Context(), base)
	if err != nil {
		return err
	}
	r.Header["Signature-Input"] = []string{label + "=" + input}
	r.Header["Signature"] = []string{binaryField(label, signature)}
	return nil
}

// compute returns the signature of base.
func (s *Signer) compute(ctx context.Context, base []byte) ([]byte, error) {
	remote, ok := s.Key.(interface {
		SignContext(ctx context.Context, message []byte) ([]byte, error)
	})
	if ok {
		return remote.SignContext(ctx, base)
	}
	return s.Key.Sign(rand.Reader, base, crypto.Hash(0))
}

func (s *Signer) params() params {
	p := params{KeyID: s.KeyID, Tag: s.Tag}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	p.Created = now()
	if s.Lifetime > 0 {
		p.Expires = p.Created.Add(s.Lifetime)
	}
	if s.Nonce != nil {
		p.Nonce = s.Nonce()
	} else {
		p.Nonce = freshNonce()
	}
	return p
}

func freshNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never returns an error
	return string(base64.RawURLEncoding.AppendEncode(make([]byte, 0, 22), b[:]))
}
