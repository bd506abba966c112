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

// An entry of an index is an item's key, and the time by which the index sorts it.
type entry struct {
	key string
	at  grant.Instant
}

// queryIndex reads entries page by page. The index sorts by the attribute sortedBy.
func (s *Items[T]) queryIndex(ctx context.Context, query *dynamodb.QueryInput, sortedBy string, limit int) (entries []entry, err error) {
	for len(entries) < limit {
		query.Limit = aws.Int32(int32(min(limit-len(entries), math.MaxInt32))) //nolint:gosec // it fits
		page, err := s.client.Query(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			e, err := readEntry(item, sortedBy)
			if err != nil {
				return nil, fmt.Errorf("the index %q has an item %w", *query.IndexName, err)
			}
			entries = append(entries, e)
		}
		if query.ExclusiveStartKey = page.LastEvaluatedKey; len(query.ExclusiveStartKey) == 0 {
			break
		}
	}
	return entries, nil
}

func readEntry(item attributes, sortedBy string) (entry, error) {
	key, hasKey := item[store.ID].(*types.AttributeValueMemberS)
	at, hasTime := item[sortedBy].(*types.AttributeValueMemberN)
	if !hasKey || !hasTime {
		return entry{}, fmt.Errorf("without %s (text) or %s (number)", store.ID, sortedBy)
	}
	time, err := strconv.ParseInt(at.Value, 10, 64)
	if err != nil {
		return entry{}, fmt.Errorf("whose %s is no time: %w", sortedBy, err)
	}
	return entry{key.Value, grant.Instant(time)}, nil
}
