// Command finish-callback is the Lambda function behind GET /grants/{id}/finish,
// where the wallet sends the user's browser back to: it continues the grant.
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
	lambda.Start(lambdahttp.New(api.FinishCallback(), api.Log))
}
