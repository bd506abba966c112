package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

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
	due, err := s.queryDue(ctx, s.kind.ShardKey(shard), now, limit)
	if err != nil {
		return nil, fmt.Errorf("read which %ss are due: %w", s.kind.Name, err)
	}
	return due, nil
}

func (s *Items[T]) queryDue(ctx context.Context, shard string, now grant.Instant, limit int) (due []grant.DueItem, err error) {
	if err := store.RequireDeadline(ctx); err != nil {
		return nil, err
	}
	query := &dynamodb.QueryInput{
		TableName:                 &s.table,
		IndexName:                 aws.String(dueIndex),
		KeyConditionExpression:    aws.String("#shard = :shard AND #due <= :now"),
		ExpressionAttributeNames:  map[string]string{"#shard": store.Shard, "#due": store.Due},
		ExpressionAttributeValues: attributes{":shard": text(shard), ":now": number(int64(now))},
	}
	for len(due) < limit {
		query.Limit = aws.Int32(int32(min(limit-len(due), math.MaxInt32))) //nolint:gosec // it fits
		page, err := s.client.Query(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, a := range page.Items {
			entry, err := s.dueItem(a)
			if err != nil {
				return nil, err
			}
			due = append(due, entry)
		}
		if query.ExclusiveStartKey = page.LastEvaluatedKey; len(query.ExclusiveStartKey) == 0 {
			break
		}
	}
	return due, nil
}

func (s *Items[T]) dueItem(a attributes) (grant.DueItem, error) {
	key, hasKey := a[store.ID].(*types.AttributeValueMemberS)
	at, hasTime := a[store.Due].(*types.AttributeValueMemberN)
	if !hasKey || !hasTime {
		return grant.DueItem{}, fmt.Errorf("the index %q has an item without %s (text) or %s (number)", dueIndex, store.ID, store.Due)
	}
	due, err := strconv.ParseInt(at.Value, 10, 64)
	if err != nil {
		return grant.DueItem{}, fmt.Errorf("the index %q has an item whose %s is no time: %w", dueIndex, store.Due, err)
	}
	return grant.DueItem{ID: s.kind.TrimKey(key.Value), Due: grant.Instant(due)}, nil
}

// Postpone is [grant.Calendar]'s: one write, without a read.
func (s *Items[T]) Postpone(ctx context.Context, id string, from, to grant.Instant) (bool, error) {
	key, err := s.kind.Key(id)
	if err != nil || from == 0 {
		return false, nil //nolint:nilerr // such an item is never due
	}
	if to == 0 {
		return false, fmt.Errorf("postpone %s %s: to no time", s.kind.Name, id)
	}
	if err := store.RequireDeadline(ctx); err != nil {
		return false, fmt.Errorf("postpone %s %s: %w", s.kind.Name, id, err)
	}
	write := newWrite()
	c := newChange()
	c.assign(store.Due, number(int64(to)))
	c.assign(writeAttribute, write)
	c.increment(store.Version)
	c.require(store.Due, number(int64(from)))
	c.requireSet(store.Shard)
	_, err = s.client.UpdateItem(ctx, c.input(s.table, key))
	var failed *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &failed):
		return isWrite(failed.Item, write), nil
	case err != nil:
		return false, fmt.Errorf("postpone %s %s: %w", s.kind.Name, id, err)
	}
	return true, nil
}
