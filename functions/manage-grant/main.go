// Command manage-grant is the Lambda function behind GET and DELETE /grants/{id}
// and POST /grants/{id}/token: it shows and revokes a grant, and hands out an
// access token that works.
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
