// Command keep-grants is the Lambda function that a schedule invokes: it rotates
// tokens before their wallets forget them, and settles cancels that are still
// owed.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/opgrants/opgrants/internal/cloud"
)

func main() {
	lambda.Start(cloud.NewKeeper(context.Background(), os.Getenv, os.Stdout))
}
