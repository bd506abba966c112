package dynamodb

import (
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/grant"
)

// encode gives the attributes of an item, under its json names, with the id of
// a new write.
func encode(item *grant.Item) (attributes map[string]types.AttributeValue, write []byte, err error) {
	attributes, err = attributevalue.MarshalMapWithOptions(item, func(o *attributevalue.EncoderOptions) { o.TagKey = "json" })
	if err != nil {
		return nil, nil, err
	}
	write = newWrite()
	attributes[writeAttribute] = &types.AttributeValueMemberB{Value: write}
	return attributes, write, nil
}

func decode(attributes map[string]types.AttributeValue) (*grant.Item, error) {
	if attributes == nil {
		return nil, grant.ErrNotFound
	}
	var item grant.Item
	err := attributevalue.UnmarshalMapWithOptions(attributes, &item, func(o *attributevalue.DecoderOptions) { o.TagKey = "json" })
	if err != nil {
		return nil, err
	}
	return &item, nil
}
