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
)

// dueIndex is a global secondary index with the partition key sh (text), the
// sort key du (a number, Unix milliseconds) and keys only. It is sparse: an item
// without them is not in it, and costs nothing there.
const (
	dueIndex       = "due"
	shardAttribute = "sh"
	dueAttribute   = "du"
)

// Due is [grant.Calendar]'s. Such an index cannot be read consistently: it may
// still have an item where it was a moment ago, and not yet where it is.
func (s *Store) Due(ctx context.Context, shard string, now grant.Instant, limit int) ([]string, error) {
	var ids []string
	query := &dynamodb.QueryInput{
		TableName:                &s.table,
		IndexName:                aws.String(dueIndex),
		KeyConditionExpression:   aws.String("#shard = :shard AND #due <= :now"),
		ExpressionAttributeNames: map[string]string{"#shard": shardAttribute, "#due": dueAttribute},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":shard": &types.AttributeValueMemberS{Value: shard},
			":now":   &types.AttributeValueMemberN{Value: strconv.FormatInt(int64(now), 10)},
		},
	}
	for len(ids) < limit {
		query.Limit = aws.Int32(int32(min(limit-len(ids), math.MaxInt32))) //nolint:gosec // it fits
		page, err := s.client.Query(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("read the grants that are due: %w", err)
		}
		for _, item := range page.Items {
			id, ok := item[idAttribute].(*types.AttributeValueMemberS)
			if !ok {
				return nil, fmt.Errorf("read the grants that are due: the index %q has an item without an id", dueIndex)
			}
			ids = append(ids, id.Value)
		}
		if query.ExclusiveStartKey = page.LastEvaluatedKey; len(query.ExclusiveStartKey) == 0 {
			break
		}
	}
	return ids, nil
}
