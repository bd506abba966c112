// Package dynamodb keeps items in a DynamoDB table, with the key id (text) and
// the TTL attribute ttl (Unix seconds).
//
// The AWS SDK repeats a request whose answer was lost, and the repetition of a
// conditional write that had worked fails its condition. So every write leaves
// a random id in the item: a failed condition whose item carries the id of this
// very write is a success.
package dynamodb

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

// A Store has the grants of a table: a [grant.Store] and a [grant.Calendar].
type Store = Items[grant.Item]

// New is the store of grants in that table, which must exist.
func New(client *dynamodb.Client, table string) *Store { return Of(client, table, store.Grants) }

// Items are the items of one kind in a table.
type Items[T any] struct {
	client     *dynamodb.Client
	table      string
	kind       *store.Kind[T]
	attributes []string // that an update writes
	seen       recent
}

// Of is the store of one kind in a table. New gives that of grants.
func Of[T any](client *dynamodb.Client, table string, kind *store.Kind[T]) *Items[T] {
	return &Items[T]{client: client, table: table, kind: kind, attributes: append(kind.Attributes(), writeAttribute)}
}

// Create is [grant.Store]'s.
func (s *Items[T]) Create(ctx context.Context, item *T) error {
	f := s.kind.Fields(item)
	if err := s.create(ctx, item); err != nil {
		return fmt.Errorf("create %s %s: %w", s.kind.Name, *f.ID, err)
	}
	*f.Version = 1
	return nil
}

func (s *Items[T]) create(ctx context.Context, item *T) error {
	key, err := s.kind.Key(*s.kind.Fields(item).ID)
	if err != nil {
		return fmt.Errorf("this cannot be an id: %w", err)
	}
	next, err := s.encode(item, key, 1)
	if err != nil {
		return err
	}
	if err := store.RequireDeadline(ctx); err != nil {
		return err
	}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &s.table,
		Item:                                next,
		ConditionExpression:                 aws.String("attribute_not_exists(#id)"),
		ExpressionAttributeNames:            map[string]string{"#id": store.ID},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	return s.settle(err, key, next, s.kind.Exists)
}

// Get is [grant.Store]'s.
func (s *Items[T]) Get(ctx context.Context, id string) (*T, error) {
	item, err := s.get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", s.kind.Name, id, err)
	}
	return item, nil
}

func (s *Items[T]) get(ctx context.Context, id string) (*T, error) {
	key, err := s.kind.Key(id)
	if err != nil {
		return nil, err
	}
	if err := store.RequireDeadline(ctx); err != nil {
		return nil, err
	}
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &s.table,
		Key:            keyOf(key),
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	if out.Item == nil {
		return nil, s.kind.NotFound
	}
	item, err := s.decode(out.Item)
	if err == nil {
		s.seen.keep(key, out.Item)
	}
	return item, err
}

// Update is [grant.Store]'s.
func (s *Items[T]) Update(ctx context.Context, item *T) error {
	f := s.kind.Fields(item)
	if err := s.update(ctx, item, *f.Version); err != nil {
		return fmt.Errorf("update %s %s: %w", s.kind.Name, *f.ID, err)
	}
	*f.Version++
	return nil
}

func (s *Items[T]) update(ctx context.Context, item *T, version int64) error {
	key, err := s.kind.Key(*s.kind.Fields(item).ID)
	if err != nil {
		return s.kind.Conflict(nil)
	}
	next, err := s.encode(item, key, version+1)
	if err != nil {
		return err
	}
	change := s.changeTo(next, s.seen.find(key, version))
	change.require(store.Version, number(version))
	if err := store.RequireDeadline(ctx); err != nil {
		return err
	}
	_, err = s.client.UpdateItem(ctx, change.input(s.table, key))
	return s.settle(err, key, next, s.kind.Conflict)
}

// settle is the result of a conditional write: nil if it was made, lost with the
// stored item if its condition did not hold, else err.
func (s *Items[T]) settle(err error, key string, next attributes, lost func(*T) error) error {
	var failed *types.ConditionalCheckFailedException
	switch {
	case err == nil, errors.As(err, &failed) && isWrite(failed.Item, next[writeAttribute]):
		s.seen.keep(key, next)
		return nil
	case failed == nil:
		return err
	case len(failed.Item) == 0:
		return lost(nil)
	}
	stored, err := s.decode(failed.Item)
	if err != nil {
		return fmt.Errorf("the item that is stored cannot be decoded: %w", err)
	}
	s.seen.keep(key, failed.Item)
	return lost(stored)
}
