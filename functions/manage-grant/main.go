// Command manage-grant is the Lambda function behind everything that an app does
// with a grant that it has asked for, but to make a payment: it shows, lists, claims
// and revokes grants, shows payments, and hands out an access token that works.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/opgrants/opgrants/internal/cloud"
	"github.com/opgrants/opgrants/internal/lambdahttp"
)

func main() {
	api := cloud.New(context.Background(), os.Getenv, os.Stdout)
	lambda.Start(lambdahttp.New(api.ManageGrant(), api.Log))
}
