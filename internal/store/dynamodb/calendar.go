package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

// dueIndex is a global secondary index with the partition key sh (text), the
// sort key du (a number, Unix milliseconds) and keys only. It is sparse: an item
// without them is not in it, and costs nothing there.
const dueIndex = "due"

// Due is [grant.Calendar]'s. Such an index cannot be read consistently: it may
// still have an item where it was a moment ago, and not yet where it is.
func (s *Items[T]) Due(ctx context.Context, shard string, now grant.Instant, limit int) ([]grant.DueItem, error) {
	due, err := s.query(ctx, s.kind.ShardKey(shard), grant.DueItem{}, now, limit)
	if err != nil {
		return nil, fmt.Errorf("read which %ss are due: %w", s.kind.Name, err)
	}
	return due, nil
}

// ListDue is [grant.Calendar]'s. It is as consistent as Due.
func (s *Items[T]) ListDue(ctx context.Context, shard string, after grant.DueItem, limit int) ([]grant.DueItem, error) {
	due, err := s.query(ctx, s.kind.ShardKey(shard), after, math.MaxInt64, limit)
	if err != nil {
		return nil, fmt.Errorf("list the %ss of shard %s: %w", s.kind.Name, shard, err)
	}
	return due, nil
}

// query reads the entries of a shard that come after one and are due at most at
// until.
func (s *Items[T]) query(ctx context.Context, shard string, after grant.DueItem, until grant.Instant, limit int) (due []grant.DueItem, err error) {
	if err := store.RequireDeadline(ctx); err != nil {
		return nil, err
	}
	query := &dynamodb.QueryInput{
		TableName:                 &s.table,
		IndexName:                 aws.String(dueIndex),
		KeyConditionExpression:    aws.String("#shard = :shard AND #due <= :until"),
		ExpressionAttributeNames:  map[string]string{"#shard": store.Shard, "#due": store.Due},
		ExpressionAttributeValues: attributes{":shard": text(shard), ":until": number(int64(until))},
	}
	if after != (grant.DueItem{}) {
		key, err := s.kind.Key(after.ID)
		if err != nil {
			return nil, err
		}
		query.ExclusiveStartKey = attributes{store.ID: text(key), store.Shard: text(shard), store.Due: number(int64(after.Due))}
	}
	entries, err := s.queryIndex(ctx, query, store.Due, limit)
	for _, e := range entries {
		due = append(due, grant.DueItem{ID: s.kind.TrimKey(e.key), Due: e.at})
	}
	return due, err
}

// Postpone is [grant.Calendar]'s: one write, without a read.
func (s *Items[T]) Postpone(ctx context.Context, id string, from, to grant.Instant) (*T, bool, error) {
	key, err := s.kind.Key(id)
	if err != nil || from == 0 {
		return nil, false, nil //nolint:nilerr // such an item is never due
	}
	stored, err := s.postpone(ctx, key, from, to)
	if err != nil {
		return nil, false, fmt.Errorf("postpone %s %s: %w", s.kind.Name, id, err)
	}
	if stored == nil {
		return nil, false, nil
	}
	item, err := s.decode(stored)
	if err != nil {
		return nil, false, fmt.Errorf("postpone %s %s: it cannot be decoded: %w", s.kind.Name, id, err)
	}
	s.seen.keep(key, stored)
	return item, true, nil
}

// postpone returns the item as it is stored then, or nil if it is not due at
// from.
func (s *Items[T]) postpone(ctx context.Context, key string, from, to grant.Instant) (attributes, error) {
	if to == 0 {
		return nil, errNoTime
	}
	if err := store.RequireDeadline(ctx); err != nil {
		return nil, err
	}
	write := newWrite()
	c := newChange()
	c.assign(store.Due, number(int64(to)))
	c.assign(writeAttribute, write)
	c.increment(store.Version)
	c.require(store.Due, number(int64(from)))
	c.requireSet(store.Shard)
	input := c.input(s.table, key)
	input.ReturnValues = types.ReturnValueAllNew
	out, err := s.client.UpdateItem(ctx, input)
	var failed *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &failed) && isWrite(failed.Item, write):
		return failed.Item, nil // the first try succeeded, and its answer was lost
	case failed != nil:
		return nil, nil //nolint:nilerr // another has moved it, which is no error
	case err != nil:
		return nil, err
	}
	return out.Attributes, nil
}

var errNoTime = errors.New("to no time")
