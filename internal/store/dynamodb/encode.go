package dynamodb

import (
	"bytes"
	"crypto/rand"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/store"
)

// Attributes are an item as DynamoDB has it.
type attributes = map[string]types.AttributeValue

// The attribute of a write's id: random bytes.
const (
	writeAttribute = "w"
	writeLength    = 12
)

// encode is the item as it is stored under this key, in that version, under its
// json names, with the id of a new write.
func (s *Items[T]) encode(item *T, key string, version int64) (attributes, error) {
	packed := s.kind.Pack(item, key, version)
	a, err := attributevalue.MarshalMapWithOptions(packed, func(o *attributevalue.EncoderOptions) { o.TagKey = "json" })
	if err != nil {
		return nil, err
	}
	if s.kind.Prefix != "" {
		a[store.KindName] = text(s.kind.Name)
	}
	a[writeAttribute] = newWrite()
	return a, nil
}

func (s *Items[T]) decode(a attributes) (*T, error) {
	var item T
	err := attributevalue.UnmarshalMapWithOptions(a, &item, func(o *attributevalue.DecoderOptions) { o.TagKey = "json" })
	if err != nil {
		return nil, err
	}
	s.kind.Unpack(&item)
	return &item, nil
}

func keyOf(key string) attributes { return attributes{store.ID: text(key)} }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func newWrite() types.AttributeValue {
	b := make([]byte, writeLength)
	_, _ = rand.Read(b) // never fails
	return &types.AttributeValueMemberB{Value: b}
}

// isWrite reports whether the item carries the id of this write.
func isWrite(a attributes, write types.AttributeValue) bool {
	by, ok := a[writeAttribute].(*types.AttributeValueMemberB)
	mine, made := write.(*types.AttributeValueMemberB)
	return ok && made && bytes.Equal(by.Value, mine.Value)
}
