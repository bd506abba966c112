package dynamodb

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

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
	found, err := s.queryIndex(ctx, query, store.Created, limit)
	for _, e := range found {
		entries = append(entries, grant.ListEntry{ID: s.kind.TrimKey(e.key), Created: e.at})
	}
	return entries, err
}
