package opclient

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// VerifyFinish verifies the hash of a finish redirect and returns its interact_ref (RFC
// 9635 section 4.2.3). A correct hash proves that the redirect is for this grant and
// comes from the server that the grant was requested from. The error is [ErrHash].
// Parse the raw query with [url.ParseQuery], so that VerifyFinish sees a parameter that
// is there twice.
func (p Pending) VerifyFinish(query url.Values) (interactRef string, err error) {
	if p.Nonce == "" || p.Finish == "" || p.GrantEndpoint == "" {
		return "", fmt.Errorf("%w: the grant has no finish", ErrHash)
	}
	hashes, refs := query["hash"], query["interact_ref"]
	if len(hashes) != 1 || len(refs) != 1 || refs[0] == "" {
		return "", fmt.Errorf("%w: the redirect must have exactly one hash and one interact_ref", ErrHash)
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

// decodeHash decodes base64url (RFC 9635 section 4.2.3) and standard base64, which the
// reference implementation sends, each with or without padding. The decoder skips a line
// break: with one, 43 characters are less than 32 bytes, which match nothing.
//
// No base64 text has a space or a percent sign. So a space is a plus sign that was
// not encoded in the query, and a percent sign is of a query that was encoded twice.
func decodeHash(s string) ([]byte, bool) {
	s, _ = url.PathUnescape(s) // "" if it cannot be decoded
	s = strings.TrimSuffix(strings.ReplaceAll(s, " ", "+"), "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		encoding = base64.RawURLEncoding // it then refuses + and /
	}
	hash, err := encoding.Strict().DecodeString(s)
	return hash, err == nil && len(s) == 43
}

// spellings returns the spellings of a grant endpoint that servers use in the hash: as
// given, with the slash at the end added or removed, and the origin with a slash
// (releases of the reference implementation before v2.1.0-beta).
func spellings(endpoint string) [3]string {
	other := endpoint + "/"
	if trimmed, ok := strings.CutSuffix(endpoint, "/"); ok {
		other = trimmed
	}
	origin := endpoint
	if u, err := url.Parse(endpoint); err == nil {
		origin = u.Scheme + "://" + u.Host + "/"
	}
	return [3]string{endpoint, other, origin}
}
