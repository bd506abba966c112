package httpsig

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/dunglas/httpsfv"
)

// A digestAlgorithm is the name of an algorithm in a digest field: one of the two
// active algorithms of RFC 9530 section 5.
type digestAlgorithm string

// The algorithms that RFC 9530 section 5 allows against an attacker.
const (
	sha256Digest digestAlgorithm = "sha-256"
	sha512Digest digestAlgorithm = "sha-512"
)

// digestAlgorithms lists the algorithms, the preferred one first.
var digestAlgorithms = []digestAlgorithm{sha512Digest, sha256Digest}

// sum returns the digest of content.
func (a digestAlgorithm) sum(content []byte) []byte {
	if a == sha256Digest {
		s := sha256.Sum256(content)
		return s[:]
	}
	s := sha512.Sum512(content)
	return s[:]
}

func (a digestAlgorithm) compare(got, content []byte) error {
	if subtle.ConstantTimeCompare(got, a.sum(content)) != 1 {
		return fmt.Errorf("%w: the %s digest is of other content", ErrDigest, a)
	}
	return nil
}

// Digest returns the value of a Content-Digest or Repr-Digest field for content
// (RFC 9530 sections 2 and 3), as [Signer.Sign] sets it: "sha-512=:…:".
func Digest(content []byte) string {
	return binaryField(string(sha512Digest), sha512Digest.sum(content))
}

// VerifyDigest compares content with the values of its Content-Digest or Repr-Digest
// field, such as r.Header["Content-Digest"]. At least one digest must have a known
// algorithm, and all of these must match. Unknown algorithms are ignored, as RFC 9530
// section 2 allows. The error is [ErrMalformed] or [ErrDigest].
func VerifyDigest(values []string, content []byte) error {
	if key, got, ok := canonicalBinary(values); ok {
		if a := digestAlgorithm(key); slices.Contains(digestAlgorithms, a) {
			return a.compare(got, content)
		}
	}
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
		if err := a.compare(got, content); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("%w: the digest field has neither %s nor %s", ErrDigest, sha512Digest, sha256Digest)
	}
	return nil
}
