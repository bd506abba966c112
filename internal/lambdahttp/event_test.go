package lambdahttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/internal/lambdahttp"
)

// load returns an event of testdata/ or of the repository's events/, changed by edits.
func load(t *testing.T, name string, edits ...func(*events.APIGatewayV2HTTPRequest)) []byte {
	t.Helper()
	payload, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	// AWS's own type must know each member: the fixtures stay as real as it is.
	var e events.APIGatewayV2HTTPRequest
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(edits) == 0 {
		return payload
	}
	for _, edit := range edits {
		edit(&e)
	}
	payload, err = json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// answer returns what API Gateway gets, as AWS's own type.
func answer(t *testing.T, h http.HandlerFunc, payload []byte) events.APIGatewayV2HTTPResponse {
	t.Helper()
	out, err := lambdahttp.New(h, nil).Invoke(context.Background(), payload)
	if err != nil {
		t.Fatal(err)
	}
	var r events.APIGatewayV2HTTPResponse
	d := json.NewDecoder(bytes.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}
