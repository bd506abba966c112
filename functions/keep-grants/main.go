// Command keep-grants is the Lambda function that does the tasks which find-due
// has put on the queue: it rotates tokens before their wallets forget them, cancels
// at the wallet what was ended here, and finds out what became of payments.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/opgrants/opgrants/internal/cloud"
)

func main() {
	lambda.Start(cloud.NewWorker(context.Background(), os.Getenv, os.Stdout))
}
