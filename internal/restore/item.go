package restore

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/store"
)

// Attributes are an item as DynamoDB has it.
type attributes = map[string]types.AttributeValue

// The names of attributes that a restore reads or sets, besides those of [store]. They
// are the json names of [payment.Item] and of grant.Item.
const (
	status   = "st"
	isSought = "so"
	claimKey = "ck"
)

// seek marks a payment whose POST had not been sent at the time of the copy, as it may
// have been sent since: it is looked for and never sent again (rule 13 in
// ARCHITECTURE.md). It reports whether it marked the item.
func seek(item attributes) bool {
	if !isText(item[store.KindName], store.Payments.Name) || !isText(item[status], string(payment.Processing)) {
		return false
	}
	if already, ok := item[isSought].(*types.AttributeValueMemberBOOL); ok && already.Value {
		return false
	}
	item[isSought] = &types.AttributeValueMemberBOOL{Value: true}
	return true
}

func isText(v types.AttributeValue, want string) bool {
	text, ok := v.(*types.AttributeValueMemberS)
	return ok && text.Value == want
}

// idKeyItem is the id of the item with the key of all ids (rule 6 in ARCHITECTURE.md).
const idKeyItem = "idempotency-key"

// ErrOtherIDKey is the error of a table in which the functions made a new key of ids
// before the old one was restored. With it, a repeated Idempotency-Key would make a
// second grant or payment.
var ErrOtherIDKey = errors.New("it has another key of ids than the copy, so a repeated Idempotency-Key would pay a second time")

// restoreIDKey writes the key of all ids before anything else. Functions that use an
// empty table make a new one when they start.
func (r *Restore) restoreIDKey(ctx context.Context) error {
	old, err := r.get(ctx, r.From, idKeyItem)
	if err != nil || old == nil { // no app has sent an Idempotency-Key
		return err
	}
	if there, err := r.put(ctx, old); err != nil || !there {
		return err
	}
	now, err := r.get(ctx, r.To, idKeyItem)
	if err != nil {
		return err
	}
	was, ok := old[claimKey].(*types.AttributeValueMemberB)
	is, also := now[claimKey].(*types.AttributeValueMemberB)
	if ok && also && bytes.Equal(was.Value, is.Value) {
		return nil
	}
	return fmt.Errorf("table %s: %w. If no app has called since the table was made, remove the new key and run this again: "+
		`aws dynamodb delete-item --table-name %s --key '{"id":{"S":"%s"}}'`, r.To, ErrOtherIDKey, r.To, idKeyItem)
}

// get returns an item, or nil.
func (r *Restore) get(ctx context.Context, table, id string) (attributes, error) {
	out, err := r.DynamoDB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &table, ConsistentRead: aws.Bool(true), Key: attributes{store.ID: &types.AttributeValueMemberS{Value: id}},
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table, err)
	}
	return out.Item, nil
}
