// Package dynamodb keeps grants in a DynamoDB table, one item each, with the
// key id (text) and the TTL attribute ttl (Unix seconds).
//
// The AWS SDK repeats a request whose answer was lost, and the repetition of a
// conditional write that had worked fails its condition. So every write leaves
// a random id in the item: a failed condition whose item carries the id of this
// very write is a success.
package dynamodb

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/grant"
)

const (
	idAttribute      = "id"
	versionAttribute = "v"
	writeAttribute   = "w" // whose write this is; 12 random bytes
	writeLength      = 12
)

// A Store is a [grant.Store] in a DynamoDB table.
type Store struct {
	client *dynamodb.Client
	table  string
}

// New is a store in that table, which must exist.
func New(client *dynamodb.Client, table string) *Store {
	return &Store{client: client, table: table}
}

// Create is [grant.Store]'s.
func (s *Store) Create(ctx context.Context, item *grant.Item) error {
	stored := *item
	stored.Version = 1
	attributes, write, err := encode(&stored)
	if err != nil {
		return fmt.Errorf("create grant %s: %w", item.ID, err)
	}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &s.table,
		Item:                                attributes,
		ConditionExpression:                 aws.String("attribute_not_exists(#id)"),
		ExpressionAttributeNames:            map[string]string{"#id": idAttribute},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err = written(err, write, grant.ErrExists); err != nil {
		return fmt.Errorf("create grant %s: %w", item.ID, err)
	}
	item.Version = stored.Version
	return nil
}

// Get is [grant.Store]'s.
func (s *Store) Get(ctx context.Context, id string) (*grant.Item, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &s.table,
		Key:            key(id),
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, fmt.Errorf("read grant %s: %w", id, err)
	}
	item, err := decode(out.Item)
	if err != nil {
		return nil, fmt.Errorf("read grant %s: %w", id, err)
	}
	return item, nil
}

// Update is [grant.Store]'s.
func (s *Store) Update(ctx context.Context, item *grant.Item) error {
	next := *item
	next.Version++
	attributes, write, err := encode(&next)
	if err != nil {
		return fmt.Errorf("update grant %s: %w", item.ID, err)
	}
	change := replace(attributes)
	change.values[":version"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(item.Version, 10)}
	change.names["#version"] = versionAttribute
	_, err = s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                           &s.table,
		Key:                                 key(item.ID),
		UpdateExpression:                    aws.String(change.expression()),
		ConditionExpression:                 aws.String("#version = :version"),
		ExpressionAttributeNames:            change.names,
		ExpressionAttributeValues:           change.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err = written(err, write, grant.ErrConflict); err != nil {
		return fmt.Errorf("update grant %s: %w", item.ID, err)
	}
	item.Version = next.Version
	return nil
}

// written is what became of a conditional write: nil if it was made, taken if
// its condition does not hold, err otherwise.
func written(err error, write []byte, taken error) error {
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		return err
	}
	by, ok := failed.Item[writeAttribute].(*types.AttributeValueMemberB)
	if ok && bytes.Equal(by.Value, write) {
		return nil
	}
	return taken
}

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{idAttribute: &types.AttributeValueMemberS{Value: id}}
}

func newWrite() []byte {
	b := make([]byte, writeLength)
	_, _ = rand.Read(b) // never fails
	return b
}
