package service

import (
	"context"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// A calendarState reads the calendars for the metrics.
type calendarState struct {
	grants   *watched[grant.Item]
	payments *watched[payment.Item]
	now      func() time.Time // nil: time.Now
}

// OldestDue implements metrics.State.
func (s *calendarState) OldestDue(ctx context.Context) (oldest time.Duration, err error) {
	now := time.Now()
	if s.now != nil {
		now = s.now()
	}
	for _, shard := range grant.Shards {
		for _, due := range []func(context.Context, string, grant.Instant, int) ([]grant.DueItem, error){s.grants.Due, s.payments.Due} {
			first, err := due(ctx, shard, grant.At(now), 1)
			if err != nil {
				return 0, err
			}
			if len(first) > 0 {
				oldest = max(oldest, now.Sub(first[0].Due.Time()))
			}
		}
	}
	return oldest, nil
}

// CountGivenUp implements metrics.State.
func (s *calendarState) CountGivenUp(ctx context.Context) (int, error) {
	return s.grants.CountDue(ctx, grant.ShardGivenUp)
}

// CountProcessing implements metrics.State: the payments in the calendar are those
// whose outcome is not final.
func (s *calendarState) CountProcessing(ctx context.Context) (n int, err error) {
	for _, shard := range grant.Shards {
		more, err := s.payments.CountDue(ctx, shard)
		if err != nil {
			return 0, err
		}
		n += more
	}
	return n, nil
}
