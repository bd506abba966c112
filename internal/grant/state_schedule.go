package grant

import (
	"hash/fnv"
	"time"
)

// When the schedule looks at a grant, and how long the store keeps it.

const (
	claimWindow = 5 * time.Minute  // in which a code is issued, and first accepted
	consentTime = 10 * time.Minute // to consent, when the server tells no time

	// A server forgets a token that was not rotated for 30 days, and with it the
	// consent. Ours are rotated before they are 21 days old.
	keepAfter   = 20 * 24 * time.Hour
	forgetAfter = 30 * 24 * time.Hour
	tryAgain    = time.Hour // what could not be done

	keepUngranted = 7 * 24 * time.Hour  // what was not granted
	keepEnded     = 30 * 24 * time.Hour // what has ended
)

// schedule sets the due time and the TTL of a granted grant: one that nobody has
// claimed is due when its code expires; a recurring one when its token is to be
// rotated; a one-off grant is kept until 30 days after its wallet has forgotten
// the token.
func (it *Item) schedule() {
	it.TTL = 0
	it.notDue()
	switch {
	case !it.Claimed:
		it.dueAt(it.claimBefore().Time().Add(time.Millisecond))
	case it.rotatesByItself():
		it.dueAt(it.rotateAt())
	case it.expiresAt() != 0:
		it.TTL = it.expiresAt().Time().Add(keepEnded).Unix()
	}
}

// claimBefore is the last moment at which the code is accepted.
func (it *Item) claimBefore() Instant {
	return it.GrantedAt + Instant(claimWindow.Milliseconds())
}

// neverClaimed reports whether the time for the code is over.
func (it *Item) neverClaimed(now time.Time) bool {
	return it.state() == stateGranted && At(now) > it.claimBefore()
}

// rotatesByItself reports whether the schedule keeps the token alive: of a
// recurring grant, if it has a told life and can be rotated.
func (it *Item) rotatesByItself() bool {
	return it.Recurs && it.TokenExpires != 0 && it.ManageURI != ""
}

// rotateAt is when the schedule rotates the token: before it is 21 days old, and
// never while its promise lasts.
func (it *Item) rotateAt() time.Time {
	return later(it.tokenMade().Add(keepAfter), it.TokenExpires.Time())
}

// tokenMade is when the token came; items of earlier versions do not know it.
func (it *Item) tokenMade() time.Time {
	if it.TokenMade != 0 {
		return it.TokenMade.Time()
	}
	return it.GrantedAt.Time()
}

// expiresAt is when a one-off grant in use has expired: its token's promise is
// over, and it was not rotated for 30 days, so that its wallet has forgotten it;
// 0: never.
func (it *Item) expiresAt() Instant {
	if it.Status != Granted || !it.Claimed || it.Recurs || it.TokenExpires == 0 {
		return 0
	}
	return At(later(it.tokenMade().Add(forgetAfter), it.TokenExpires.Time()))
}

func (it *Item) dueAt(t time.Time) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(it.ID))
	it.Shard, it.Due = Shards[h.Sum32()%uint32(len(Shards))], At(t)
}

func (it *Item) notDue() { it.Shard, it.Due = "", 0 }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// retry puts a grant that was given up back into the calendar, due at once.
func retry(now time.Time) event {
	return event{name: "retry", apply: func(it *Item) { it.dueAt(now) }}
}
