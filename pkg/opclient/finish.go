package opclient

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// VerifyFinish checks that the query of a finish redirect was made by the server
// that the grant was requested from, for this grant, and returns its
// interact_ref (RFC 9635 section 4.2.3). The error is [ErrHash]. Take the query
// from the raw one with [url.ParseQuery]: a repeated parameter must be seen.
func (p Pending) VerifyFinish(query url.Values) (interactRef string, err error) {
	if p.Nonce == "" || p.Finish == "" || p.GrantEndpoint == "" {
		return "", fmt.Errorf("%w: the grant has no finish", ErrHash)
	}
	hashes, refs := query["hash"], query["interact_ref"]
	if len(hashes) != 1 || len(refs) != 1 || refs[0] == "" {
		return "", fmt.Errorf("%w: the redirect must carry one hash and one interact_ref", ErrHash)
	}
	got, ok := decodeHash(hashes[0])
	if !ok {
		return "", fmt.Errorf("%w: the hash is not SHA-256 in base64", ErrHash)
	}
	match := 0
	for _, endpoint := range spellings(p.GrantEndpoint) {
		want := sha256.Sum256([]byte(string(p.Nonce) + "\n" + string(p.Finish) + "\n" + refs[0] + "\n" + endpoint))
		match |= subtle.ConstantTimeCompare(got, want[:])
	}
	if match != 1 {
		return "", ErrHash
	}
	return refs[0], nil
}

// decodeHash takes base64url without padding, as RFC 9635 has it, and standard
// base64 with padding, as servers have it, and each with or without. The decoder
// skips line breaks; 43 characters with one are too short to be a hash.
//
// No base64 text has a space or a percent sign. So a space is a plus sign that was
// not encoded in the query, and a percent sign is of a query that was encoded twice.
func decodeHash(s string) ([]byte, bool) {
	if once, err := url.PathUnescape(s); err == nil {
		s = once
	}
	s = strings.TrimSuffix(strings.ReplaceAll(s, " ", "+"), "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		encoding = base64.RawURLEncoding // it then refuses + and /
	}
	hash, err := encoding.Strict().DecodeString(s)
	return hash, err == nil && len(s) == 43
}

// spellings are those of one grant endpoint that servers were seen to hash: as
// given, with and without a trailing slash, and the origin with a slash.
func spellings(endpoint string) [3]string {
	other := endpoint + "/"
	if trimmed, ok := strings.CutSuffix(endpoint, "/"); ok {
		other = trimmed
	}
	origin := endpoint
	if u, err := url.Parse(endpoint); err == nil && u.Host != "" {
		origin = u.Scheme + "://" + u.Host + "/"
	}
	return [3]string{endpoint, other, origin}
}
