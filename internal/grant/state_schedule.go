package grant

import (
	"encoding/binary"
	"hash/fnv"
	"time"
)

// When the schedule looks at a grant, and how long the store keeps it.

const (
	consentTime = 10 * time.Minute // to consent, when the server tells no time

	// A server forgets a token that was not rotated for 30 days, and with it the
	// consent. Ours are rotated when they are 19 to 20 days old: spread over a day,
	// so that what was granted together is not due together. After a rotation by a
	// caller the due time stays where it was if it is up to five days earlier:
	// moving it costs two write units of the index, which of an app that pays each
	// day were as much as the rotation itself.
	keepAfter   = 20 * 24 * time.Hour
	keepSpread  = 24 * time.Hour
	keepEarlier = 5 * 24 * time.Hour
	forgetAfter = 30 * 24 * time.Hour

	// What could not be done is tried again after an hour. While a grant fails for a
	// reason of its own, the pauses double.
	tryAgain     = time.Hour
	longestPause = 24 * time.Hour

	// A rotation is given up after ten failures of its own, and not before its
	// wallet has forgotten the token. 35 failures of a cancel take more than 30 days,
	// in which its wallet has forgotten every token of the grant.
	rotationTries = 10
	cancelTries   = 35

	keepUngranted = 7 * 24 * time.Hour  // what was not granted
	keepEnded     = 30 * 24 * time.Hour // what has ended
)

// schedule sets the due time and the TTL of a granted grant: one that nobody has
// claimed is due when its code expires; a recurring one when its token is to be
// rotated; a one-off grant is kept until 30 days after its wallet has forgotten
// the token.
func (it *Item) schedule() {
	it.TTL = 0
	if it.Claimed && it.rotatesByItself() && it.isDueInTime() {
		return
	}
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

// rotatesByItself reports whether the schedule keeps the token alive: of a
// recurring grant, if the wallet named its life and it can be rotated.
func (it *Item) rotatesByItself() bool {
	return it.Recurs && it.TokenExpires != 0 && it.ManageURI != ""
}

// rotateAt is when the schedule rotates the token: when it is 19 to 20 days old,
// and never while its promise lasts.
func (it *Item) rotateAt() time.Time {
	made := it.tokenMade()
	return later(made.Add(keepAfter-it.spread(made, keepSpread)), it.TokenExpires.Time())
}

// rotateFrom is when the schedule may rotate the token, if the due time of the token
// before was kept.
func (it *Item) rotateFrom() time.Time {
	return later(it.rotateAt().Add(-keepEarlier), it.TokenExpires.Time())
}

// isDueInTime reports whether the due time is soon enough for the token, however it
// is spread, and not so soon that it would be rotated too often.
func (it *Item) isDueInTime() bool {
	due := it.Due.Time()
	return !due.Before(it.rotateFrom()) && !due.After(later(it.tokenMade().Add(keepAfter), it.TokenExpires.Time()))
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

// dueAgain sets when the schedule tries again what could not be done. own: the
// wallet has answered, but not as this grant needs it. Otherwise the wallet's host
// or this service had a problem, and the schedule, which has moved the due time
// when it handed the grant out, tries again at that time.
func (it *Item) dueAgain(own bool, now time.Time) {
	switch {
	case it.Due == 0, it.Shard == ShardGivenUp:
	case it.Ending == "" && now.Before(it.rotateFrom()):
		// A caller has tried it before the schedule was to.
	case own:
		it.failAgain(now)
	case !it.Due.Time().After(now):
		it.dueAt(now.Add(tryAgain))
	}
}

// failAgain counts a failure of the grant's own. The pauses between those that
// count double, so that calls of the app do not bring its end nearer.
func (it *Item) failAgain(now time.Time) {
	f := Failures{}
	if it.Failures != nil && it.Failures.Last.Time().After(it.tokenMade()) { // else of an earlier token
		f = *it.Failures
	}
	if f.Count == 0 || !now.Before(f.Last.Time().Add(pause(f.Count))) {
		f = Failures{Count: f.Count + 1, Last: At(now)}
	}
	it.Failures = &f
	if it.isHopeless(now) {
		it.Shard, it.Due = ShardGivenUp, At(now)
		return
	}
	p := pause(f.Count)
	it.dueAt(now.Add(p + it.spread(now, p/4)))
}

// isHopeless reports whether the schedule gives the grant up.
func (it *Item) isHopeless(now time.Time) bool {
	if it.Ending != "" {
		return it.Failures.Count >= cancelTries
	}
	return it.Failures.Count >= rotationTries && !now.Before(later(it.tokenMade().Add(forgetAfter), it.TokenExpires.Time()))
}

// pause is how long the schedule waits after that many failures.
func pause(failures int64) time.Duration {
	p := tryAgain
	for ; failures > 1 && p < longestPause; failures-- {
		p *= 2
	}
	return min(p, longestPause)
}

// spread is a time below most that differs from grant to grant, and for one grant
// from one time to the next.
func (it *Item) spread(at time.Time, most time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write(binary.BigEndian.AppendUint64([]byte(it.ID), uint64(At(at))))     //nolint:gosec // the same bits
	return time.Duration(h.Sum64()%uint64(most/time.Millisecond)) * time.Millisecond //nolint:gosec // below most
}

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
