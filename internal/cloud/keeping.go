package cloud

import (
	"context"
	"time"

	dynamo "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/schedule"
	"github.com/opgrants/opgrants/internal/store/dynamodb"
)

type stub struct{ *dynamodb.Store }

func (s stub) Shards() []string { return grant.Shards[:] }
func (s stub) Due(ctx context.Context, shard string, now time.Time, limit int) (all []schedule.Entry, err error) {
	due, err := s.Store.Due(ctx, shard, grant.At(now), limit)
	for _, d := range due {
		all = append(all, schedule.Entry{ID: d.ID, Due: d.Due.Time()})
	}
	return all, err
}
func (s stub) Move(ctx context.Context, e schedule.Entry, to time.Time) (string, bool, error) {
	ok, err := s.Postpone(ctx, e.ID, grant.At(e.Due), grant.At(to))
	return "wallet", ok, err
}
func (s stub) Breaker(ctx context.Context, host string) (*schedule.Breaker, error) {
	return &schedule.Breaker{Host: host}, nil
}
func (s stub) SaveBreaker(ctx context.Context, b *schedule.Breaker, expires time.Time) error {
	return nil
}
func (s stub) Do(ctx context.Context, t schedule.Task) (schedule.Result, time.Duration) {
	return schedule.Done, 0
}
func (s stub) list(context.Context) (any, error)           { return nil, nil }
func (s stub) retry(ctx context.Context, id string) error { return nil }

func newPlanning(client *dynamo.Client, table string) (*schedule.Planner, operator) {
	s := stub{dynamodb.New(client, table)}
	return &schedule.Planner{Calendar: s, Breakers: &schedule.Breakers{Store: s}}, s
}
func newWorker(store *dynamodb.Store, grants *grant.Service) *schedule.Worker {
	s := stub{store}
	return &schedule.Worker{Doer: s, Breakers: &schedule.Breakers{Store: s}}
}
