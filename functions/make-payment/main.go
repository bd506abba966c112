// Command make-payment is the Lambda function behind POST /grants/{id}/payments:
// it makes a payment from a grant, once for an Idempotency-Key.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/opgrants/opgrants/internal/cloud"
	"github.com/opgrants/opgrants/internal/lambdahttp"
)

func main() {
	api := cloud.New(context.Background(), os.Getenv, os.Stdout, cloud.Payments)
	lambda.Start(lambdahttp.New(api.MakePayment(), api.Log))
}
