package grant

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"time"
)

// claimWindow is for how long after the grant a code is issued, and first accepted.
const claimWindow = 5 * time.Minute

// code returns the one-time code that the browser brings back to the app. The app
// needs the code, which only the browser that consented has, and the grant's id,
// which only the session that asked has: so the one who consented is the one who
// asked (RFC 9635 section 11.24). It is bound to the interact_ref. See rule 9 in
// ARCHITECTURE.md.
func (it *Item) code() string {
	mac := hmac.New(sha256.New, it.ClaimKey)
	mac.Write([]byte("opgrants claim code 1\x00" + it.ID + "\x00"))
	mac.Write(it.RefHash)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (it *Item) isCode(presented string) bool {
	return len(it.ClaimKey) > 0 && subtle.ConstantTimeCompare([]byte(it.code()), []byte(presented)) == 1
}

func refHash(interactRef string) []byte {
	h := sha256.Sum256([]byte(interactRef))
	return h[:]
}

func (it *Item) isRef(interactRef string) bool {
	return subtle.ConstantTimeCompare(it.RefHash, refHash(interactRef)) == 1
}

// claimBefore is the last moment at which the code is accepted.
func (it *Item) claimBefore() Instant {
	return it.GrantedAt + Instant(claimWindow.Milliseconds())
}

// neverClaimed reports whether the time for the code is over.
func (it *Item) neverClaimed(now time.Time) bool {
	return it.state() == stateGranted && At(now) > it.claimBefore()
}
