package dynamodb

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

// listIndex is a global secondary index with the partition key lk (text), the sort key
// ct (a number, Unix milliseconds) and keys only. It is sparse: an item without lk is
// not in it, and costs nothing there.
const listIndex = "list"

// List is [grant.Lister]'s. Such an index cannot be read consistently: it may miss what
// was written a moment ago. Of items that were created at the same time the order is
// DynamoDB's.
func (s *Items[T]) List(ctx context.Context, list string, after grant.ListEntry, limit int) ([]grant.ListEntry, error) {
	entries, err := s.queryList(ctx, s.kind.ListKey(list), after, limit)
	if err != nil {
		return nil, fmt.Errorf("list %ss: %w", s.kind.Name, err)
	}
	return entries, nil
}

func (s *Items[T]) queryList(ctx context.Context, list string, after grant.ListEntry, limit int) (entries []grant.ListEntry, err error) {
	query := &dynamodb.QueryInput{
		TableName:                 &s.table,
		IndexName:                 aws.String(listIndex),
		KeyConditionExpression:    aws.String("#list = :list"),
		ExpressionAttributeNames:  map[string]string{"#list": store.List},
		ExpressionAttributeValues: attributes{":list": text(list)},
		ScanIndexForward:          aws.Bool(false),
	}
	if after.ID != "" {
		key, err := s.kind.Key(after.ID)
		if err != nil {
			return nil, nil //nolint:nilerr // nothing comes after what cannot be an item
		}
		query.ExclusiveStartKey = attributes{store.ID: text(key), store.List: text(list), store.Created: number(int64(after.Created))}
	}
	for len(entries) < limit {
		query.Limit = aws.Int32(int32(min(limit-len(entries), math.MaxInt32))) //nolint:gosec // it fits
		page, err := s.client.Query(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, a := range page.Items {
			entry, err := s.listEntry(a)
			if err != nil {
				return nil, err
			}
			entries = append(entries, entry)
		}
		if query.ExclusiveStartKey = page.LastEvaluatedKey; len(query.ExclusiveStartKey) == 0 {
			break
		}
	}
	return entries, nil
}

func (s *Items[T]) listEntry(a attributes) (grant.ListEntry, error) {
	key, hasKey := a[store.ID].(*types.AttributeValueMemberS)
	at, hasTime := a[store.Created].(*types.AttributeValueMemberN)
	if !hasKey || !hasTime {
		return grant.ListEntry{}, fmt.Errorf("the index %q has an item without %s (text) or %s (number)", listIndex, store.ID, store.Created)
	}
	created, err := strconv.ParseInt(at.Value, 10, 64)
	if err != nil {
		return grant.ListEntry{}, fmt.Errorf("the index %q has an item whose %s is no time: %w", listIndex, store.Created, err)
	}
	return grant.ListEntry{ID: s.kind.TrimKey(key.Value), Created: grant.Instant(created)}, nil
}
