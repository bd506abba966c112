// Package dynamodbtest makes tables for tests.
package dynamodbtest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// CreateTable makes what template.yaml declares, as far as the store relies on it.
func CreateTable(t *testing.T, c *dynamodb.Client, name string) {
	t.Helper()
	_, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sh"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("du"), AttributeType: types.ScalarAttributeTypeN},
			{AttributeName: aws.String("lk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("ct"), AttributeType: types.ScalarAttributeTypeN},
		},
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("due"),
			KeySchema: []types.KeySchemaElement{
				{AttributeName: aws.String("sh"), KeyType: types.KeyTypeHash},
				{AttributeName: aws.String("du"), KeyType: types.KeyTypeRange},
			},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}, {
			IndexName: aws.String("list"),
			KeySchema: []types.KeySchemaElement{
				{AttributeName: aws.String("lk"), KeyType: types.KeyTypeHash},
				{AttributeName: aws.String("ct"), KeyType: types.KeyTypeRange},
			},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
}
