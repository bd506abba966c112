package httpsig

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"

	"github.com/dunglas/httpsfv"
)

// A DigestAlgorithm is the name of an algorithm in a digest field: one of the two
// active algorithms of RFC 9530 section 5.
type DigestAlgorithm string

// The algorithms that RFC 9530 section 5 allows against an attacker.
const (
	SHA256 DigestAlgorithm = "sha-256"
	SHA512 DigestAlgorithm = "sha-512"
)

// digestAlgorithms lists the algorithms, the preferred one first.
var digestAlgorithms = []DigestAlgorithm{SHA512, SHA256}

// sum returns the digest of content, and false if a is unknown.
func (a DigestAlgorithm) sum(content []byte) ([]byte, bool) {
	switch a {
	case SHA256:
		s := sha256.Sum256(content)
		return s[:], true
	case SHA512:
		s := sha512.Sum512(content)
		return s[:], true
	}
	return nil, false
}

// Digest returns the value of a Content-Digest or Repr-Digest field for content
// (RFC 9530 sections 2 and 3), such as "sha-512=:…:". It returns an error only if it
// gets no algorithm or an unknown one.
func Digest(content []byte, algorithms ...DigestAlgorithm) (string, error) {
	if len(algorithms) == 0 {
		return "", fmt.Errorf("httpsig: give a digest algorithm: %s or %s", SHA256, SHA512)
	}
	dict := httpsfv.NewDictionary()
	for _, a := range algorithms {
		sum, ok := a.sum(content)
		if !ok {
			return "", fmt.Errorf("httpsig: unknown digest algorithm %q: use %s or %s", clip(string(a)), SHA256, SHA512)
		}
		dict.Add(string(a), httpsfv.NewItem(sum))
	}
	return httpsfv.Marshal(dict)
}

// VerifyDigest compares content with the values of its Content-Digest or Repr-Digest
// field, such as r.Header["Content-Digest"]. At least one digest must have a known
// algorithm, and all of these must match. Unknown algorithms are ignored, as RFC 9530
// section 2 allows. The error is [ErrMalformed] or [ErrDigest].
func VerifyDigest(values []string, content []byte) error {
	dict, err := httpsfv.UnmarshalDictionary(values)
	if err != nil {
		return fmt.Errorf("%w: the digest field: %w", ErrMalformed, err)
	}
	found := false
	for _, a := range digestAlgorithms {
		member, ok := dict.Get(string(a))
		if !ok {
			continue
		}
		found = true
		item, _ := member.(httpsfv.Item)
		got, ok := item.Value.([]byte)
		if !ok {
			return fmt.Errorf("%w: the digest field: %s is not a byte sequence (:base64:)", ErrMalformed, a)
		}
		want, _ := a.sum(content)
		if subtle.ConstantTimeCompare(got, want) != 1 {
			return fmt.Errorf("%w: the %s digest is of other content", ErrDigest, a)
		}
	}
	if !found {
		return fmt.Errorf("%w: the digest field has neither %s nor %s", ErrDigest, SHA512, SHA256)
	}
	return nil
}
