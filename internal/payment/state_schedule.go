package payment

import (
	"hash/fnv"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// When the schedule looks at a payment, and how long the store keeps it.

const (
	day         = 24 * time.Hour
	keepPayment = 397 * day // 13 months

	// settled is how long after its quote's expiry a payment can no longer begin or
	// go on.
	settled = time.Minute

	shortestPause = 30 * time.Second
	longestPause  = 2 * time.Hour
)

// nextLook is when the wallets are asked again about a payment that is not final: with
// growing pauses, once when its quote has expired for long enough, and at last when a
// day is over.
func (it *Item) nextLook(now time.Time) time.Time {
	since := it.Since.Time()
	next := now.Add(min(longestPause, max(shortestPause, now.Sub(since)/2)))
	for _, at := range []time.Time{it.settledAt().Add(time.Second), since.Add(day)} {
		if now.Before(at) && at.Before(next) {
			next = at
		}
	}
	return next
}

// settledAt is from when on a payment that cannot be found was not made, and one that
// has arrived in part will not arrive in full; the zero time if the wallet does not
// say until when its quote can be paid.
func (it *Item) settledAt() time.Time {
	if it.Quote == nil || it.Quote.Expires == 0 {
		return time.Time{}
	}
	return it.Quote.Expires.Time().Add(settled)
}

// isSettled reports whether settledAt is past.
func (it *Item) isSettled(now time.Time) bool {
	at := it.settledAt()
	return !at.IsZero() && !now.Before(at)
}

func (it *Item) dueAt(t time.Time) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(it.ID))
	it.Shard, it.Due = grant.Shards[h.Sum32()%uint32(len(grant.Shards))], grant.At(t)
}

func (it *Item) notDue() { it.Shard, it.Due = "", 0 }
