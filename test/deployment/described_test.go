//go:build tools

package deployment_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/test/openapi/own"
)

// check fails the test unless an exchange is as docs/openapi.yaml says.
func check(t *testing.T, e *own.Exchange) {
	t.Helper()
	d, err := own.Load()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Check(e); err != nil {
		t.Errorf("docs/openapi.yaml: %s %s: %v", e.Method, e.Path, err)
	}
}

// checkEvent checks an event of the HTTP API and a function's answer to it.
func checkEvent(t *testing.T, event []byte, answer events.APIGatewayV2HTTPResponse) {
	t.Helper()
	var r events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(event, &r); err != nil {
		t.Fatal(err)
	}
	body := []byte(r.Body)
	if r.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			t.Fatal(err)
		}
	}
	request := http.Header{}
	for name, value := range r.Headers {
		request.Set(name, value)
	}
	check(t, &own.Exchange{Method: r.RequestContext.HTTP.Method, Path: r.RawPath, Query: r.RawQueryString, Header: request, Body: body,
		Status: answer.StatusCode, Answer: header(answer), Text: []byte(answer.Body)})
}

func header(answer events.APIGatewayV2HTTPResponse) http.Header {
	all := http.Header{}
	for name, value := range answer.Headers {
		all.Set(name, value)
	}
	return all
}

// isOfTheGateway reports whether API Gateway refused the request itself: no function
// saw it, and the answer is not of the description.
func isOfTheGateway(answer events.APIGatewayV2HTTPResponse) bool {
	refused := answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusNotFound
	return refused && !strings.HasPrefix(answer.Headers["Content-Type"], "application/problem+json")
}
