// Command find-due is the Lambda function that a schedule invokes each minute: it
// finds the grants and payments that are due, and puts a task for each on the queue
// that keep-grants works on. An operator invokes it to list the grants that were
// given up, or to have one tried again.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/opgrants/opgrants/internal/cloud"
	"github.com/opgrants/opgrants/internal/cloud/taskqueue"
)

func main() {
	lambda.Start(cloud.NewPlanner(context.Background(), os.Getenv, os.Stdout, taskqueue.New))
}
