package dynamodb

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/store"
)

// A change is an UpdateItem under a condition. It leaves alone every attribute
// that it does not name.
type change struct {
	set, remove, conditions []string
	names                   map[string]string
	values                  attributes
}

func newChange() *change { return &change{names: map[string]string{}, values: attributes{}} }

// changeTo is the change that writes the attributes of next. If old, the item as
// it is stored, is known, it has only what differs, and requires that the last
// write is still the one that made old: an item that was deleted and made anew
// may have the same version. If old is nil it has every attribute of T.
func (s *Items[T]) changeTo(next, old attributes) *change {
	c := newChange()
	if old != nil {
		c.require(writeAttribute, old[writeAttribute])
	}
	for _, name := range s.attributes {
		value, isSet := next[name]
		was, wasSet := old[name]
		switch {
		case name == store.ID: // the key cannot change
		case isSet && (old == nil || !wasSet || !equal(value, was)):
			c.assign(name, value)
		case !isSet && (old == nil || wasSet):
			c.remove = append(c.remove, c.name(name))
		}
	}
	return c
}

// equal compares what items have without reflection, which would be a twentieth of what
// a finish allocates.
func equal(a, b types.AttributeValue) bool {
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		b, ok := b.(*types.AttributeValueMemberS)
		return ok && a.Value == b.Value
	case *types.AttributeValueMemberN:
		b, ok := b.(*types.AttributeValueMemberN)
		return ok && a.Value == b.Value
	case *types.AttributeValueMemberB:
		b, ok := b.(*types.AttributeValueMemberB)
		return ok && bytes.Equal(a.Value, b.Value)
	case *types.AttributeValueMemberL:
		b, ok := b.(*types.AttributeValueMemberL)
		return ok && slices.EqualFunc(a.Value, b.Value, equal)
	case *types.AttributeValueMemberM:
		b, ok := b.(*types.AttributeValueMemberM)
		return ok && maps.EqualFunc(a.Value, b.Value, equal)
	}
	return reflect.DeepEqual(a, b)
}

func (c *change) name(attribute string) (placeholder string) {
	placeholder = "#" + attribute
	c.names[placeholder] = attribute
	return placeholder
}

func (c *change) value(v types.AttributeValue) (placeholder string) {
	placeholder = ":" + strconv.Itoa(len(c.values))
	c.values[placeholder] = v
	return placeholder
}

func (c *change) assign(attribute string, v types.AttributeValue) {
	c.set = append(c.set, c.name(attribute)+" = "+c.value(v))
}

// increment adds one to a number.
func (c *change) increment(attribute string) {
	name := c.name(attribute)
	c.set = append(c.set, name+" = "+name+" + "+c.value(number(1)))
}

func (c *change) require(attribute string, v types.AttributeValue) {
	c.conditions = append(c.conditions, c.name(attribute)+" = "+c.value(v))
}

func (c *change) requireSet(attribute string) {
	c.conditions = append(c.conditions, "attribute_exists("+c.name(attribute)+")")
}

func (c *change) input(table, key string) *dynamodb.UpdateItemInput {
	update := "SET " + strings.Join(c.set, ", ")
	if len(c.remove) > 0 {
		update += " REMOVE " + strings.Join(c.remove, ", ")
	}
	return &dynamodb.UpdateItemInput{
		TableName:                           &table,
		Key:                                 keyOf(key),
		UpdateExpression:                    &update,
		ConditionExpression:                 aws.String(strings.Join(c.conditions, " AND ")),
		ExpressionAttributeNames:            c.names,
		ExpressionAttributeValues:           c.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}
