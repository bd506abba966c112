// Command request-grant is the Lambda function behind POST /grants: it asks the
// authorization server of the sender's wallet address for a grant.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/opgrants/opgrants/internal/cloud"
	"github.com/opgrants/opgrants/internal/lambdahttp"
)

func main() {
	api := cloud.New(context.Background(), os.Getenv, os.Stdout, cloud.Requests)
	lambda.Start(lambdahttp.New(api.RequestGrant(), api.Log))
}
