package keeping

import (
	"context"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/schedule"
)

// A Calendar is the [schedule.Calendar] of the grants of a store.
type Calendar struct{ Grants grant.Calendar }

// Shards are the parts of the calendar that have what is due. What was given up
// is in another part, which no planner reads.
func (c *Calendar) Shards() []string { return grant.Shards[:] }

// Due returns the grants of a shard that are due, the earliest first.
func (c *Calendar) Due(ctx context.Context, shard string, now time.Time, limit int) ([]schedule.Entry, error) {
	due, err := c.Grants.Due(ctx, shard, grant.At(now), limit)
	if err != nil {
		return nil, err
	}
	entries := make([]schedule.Entry, len(due))
	for i, d := range due {
		entries[i] = schedule.Entry{ID: d.ID, Due: d.Due.Time()}
	}
	return entries, nil
}

// Move makes a grant due at another time: one write, without a read.
func (c *Calendar) Move(ctx context.Context, e schedule.Entry, to time.Time) (host string, ok bool, err error) {
	item, ok, err := c.Grants.Postpone(ctx, e.ID, grant.At(e.Due), grant.At(to))
	if err != nil || !ok {
		return "", false, err
	}
	return item.Host(), true, nil
}
