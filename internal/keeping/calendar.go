package keeping

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/schedule"
)

// A Calendar is the [schedule.Calendar] of the grants of a store, and of its
// payments.
type Calendar struct {
	Grants   grant.Calendar
	Payments PaymentCalendar // nil: payments are not followed
}

// A PaymentCalendar finds the payments that are due, as [grant.Calendar] finds
// grants.
type PaymentCalendar interface {
	Due(ctx context.Context, shard string, now grant.Instant, limit int) ([]grant.DueItem, error)
	Postpone(ctx context.Context, id string, from, to grant.Instant) (*payment.Item, bool, error)
}

// ofPayment begins the shards and the ids of payments in the calendar. No id of a
// grant begins with it.
const ofPayment = "payment#"

// Shards are the parts of the calendar that have what is due. What was given up
// is in another part, which no planner reads.
func (c *Calendar) Shards() []string {
	shards := slices.Clone(grant.Shards[:])
	if c.Payments != nil {
		for _, shard := range grant.Shards {
			shards = append(shards, ofPayment+shard)
		}
	}
	return shards
}

// Due returns what is due in a shard, the earliest first.
func (c *Calendar) Due(ctx context.Context, shard string, now time.Time, limit int) ([]schedule.Entry, error) {
	find, prefix := c.Grants.Due, ""
	if rest, ok := strings.CutPrefix(shard, ofPayment); ok {
		find, prefix, shard = c.Payments.Due, ofPayment, rest
	}
	due, err := find(ctx, shard, grant.At(now), limit)
	if err != nil {
		return nil, err
	}
	entries := make([]schedule.Entry, len(due))
	for i, d := range due {
		entries[i] = schedule.Entry{ID: prefix + d.ID, Due: d.Due.Time()}
	}
	return entries, nil
}

// Move makes a grant or a payment due at another time: one write, without a read.
func (c *Calendar) Move(ctx context.Context, e schedule.Entry, to time.Time) (host string, ok bool, err error) {
	if id, isPayment := strings.CutPrefix(e.ID, ofPayment); isPayment {
		return move(ctx, c.Payments.Postpone, id, e.Due, to)
	}
	return move(ctx, c.Grants.Postpone, e.ID, e.Due, to)
}

func move[T interface{ Host() string }](ctx context.Context,
	postpone func(ctx context.Context, id string, from, to grant.Instant) (T, bool, error), id string, from, to time.Time) (host string, ok bool, err error) {
	item, ok, err := postpone(ctx, id, grant.At(from), grant.At(to))
	if err != nil || !ok {
		return "", false, err
	}
	return item.Host(), true, nil
}
