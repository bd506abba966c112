// Package lambdahttp lets an http.Handler answer the events of an API Gateway
// HTTP API (payload format 2.0) as a Lambda function, and identifies the caller
// from what API Gateway verified.
//
// [payload format 2.0]: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
package lambdahttp
