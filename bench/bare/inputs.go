package main

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// recorded is the body of a call to DynamoDB.
type recorded struct {
	TableName, ConditionExpression, UpdateExpression *string

	ReturnValuesOnConditionCheckFailure types.ReturnValuesOnConditionCheckFailure
	ExpressionAttributeNames            map[string]string
	Item, Key                           map[string]attribute
	ExpressionAttributeValues           map[string]attribute
}

// attribute is a value in DynamoDB's JSON.
type attribute struct {
	S, N *string
	B    []byte
	BOOL *bool
	L    []attribute
	M    map[string]attribute
}

func (a attribute) value() types.AttributeValue {
	switch {
	case a.S != nil:
		return &types.AttributeValueMemberS{Value: *a.S}
	case a.N != nil:
		return &types.AttributeValueMemberN{Value: *a.N}
	case a.B != nil:
		return &types.AttributeValueMemberB{Value: a.B}
	case a.BOOL != nil:
		return &types.AttributeValueMemberBOOL{Value: *a.BOOL}
	case a.L != nil:
		l := &types.AttributeValueMemberL{}
		for _, v := range a.L {
			l.Value = append(l.Value, v.value())
		}
		return l
	}
	return &types.AttributeValueMemberM{Value: values(a.M)}
}

func values(all map[string]attribute) map[string]types.AttributeValue {
	out := make(map[string]types.AttributeValue, len(all))
	for name, a := range all {
		out[name] = a.value()
	}
	return out
}

func decode(text string) (q recorded) {
	must(json.Unmarshal([]byte(text), &q))
	return q
}

func putInput(text string) *dynamodb.PutItemInput {
	q := decode(text)
	return &dynamodb.PutItemInput{TableName: q.TableName, Item: values(q.Item), ConditionExpression: q.ConditionExpression,
		ExpressionAttributeNames: q.ExpressionAttributeNames, ReturnValuesOnConditionCheckFailure: q.ReturnValuesOnConditionCheckFailure}
}

func updateInput(text string) *dynamodb.UpdateItemInput {
	q := decode(text)
	return &dynamodb.UpdateItemInput{TableName: q.TableName, Key: values(q.Key), ConditionExpression: q.ConditionExpression,
		UpdateExpression: q.UpdateExpression, ExpressionAttributeNames: q.ExpressionAttributeNames,
		ExpressionAttributeValues: values(q.ExpressionAttributeValues), ReturnValuesOnConditionCheckFailure: q.ReturnValuesOnConditionCheckFailure}
}

func getInput(id string) *dynamodb.GetItemInput {
	return &dynamodb.GetItemInput{TableName: aws.String("grants"), ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}}
}
