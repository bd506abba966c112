package schedule

import (
	"context"
	"time"
)

// An Entry is an item in the calendar.
type Entry struct {
	ID  string
	Due time.Time
}

// A Calendar finds what is due without reading the rest.
type Calendar interface {
	// Shards are the parts of the calendar.
	Shards() []string

	// Due returns the entries of a shard that are due, the earliest first, limit
	// at most. It may miss what was written a moment ago.
	Due(ctx context.Context, shard string, now time.Time, limit int) ([]Entry, error)

	// Move gives the item another due time, if it still has the one of the entry,
	// and returns the host of its wallet. Of all callers with the same entry,
	// exactly one gets ok.
	Move(ctx context.Context, e Entry, to time.Time) (host string, ok bool, err error)
}
