package lambdahttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/opgrants/opgrants/internal/lambdahttp"
	"github.com/opgrants/opgrants/internal/telemetry"
)

var _ lambda.Handler = (*lambdahttp.Function)(nil)

func TestEachLineNamesItsInvocation(t *testing.T) {
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo)
	f := lambdahttp.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { log.InfoContext(r.Context(), "asked") }))
	ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{
		AwsRequestID: "8286a188-ba32-4475-8077-530cd35c09a9", InvokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:x:live"})
	//nolint:staticcheck,revive // this is the key that aws-lambda-go uses
	ctx = context.WithValue(ctx, "x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
	for range 2 {
		if _, err := f.Invoke(ctx, load(t, "../../events/get-grant.json")); err != nil {
			t.Fatal(err)
		}
	}
	d := json.NewDecoder(&out)
	for _, cold := range []bool{true, false} {
		var line map[string]any
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]any{
			"cold_start":          cold,
			"correlation_id":      "JKa3bi4tjoEEPzA=",
			"function_request_id": "8286a188-ba32-4475-8077-530cd35c09a9",
			"function_arn":        "arn:aws:lambda:eu-west-1:123456789012:function:x:live",
			"xray_trace_id":       "1-5759e988-bd862e3fe1be46a994272793",
		} {
			if line[key] != want {
				t.Errorf("%s = %v, want %v", key, line[key], want)
			}
		}
	}
}

func TestTheHandlerIsToldToStopBeforeLambdaKillsIt(t *testing.T) {
	deadline := time.Now().Add(time.Minute)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	var left time.Duration
	f := lambdahttp.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		d, _ := r.Context().Deadline()
		left = deadline.Sub(d)
	}))
	if _, err := f.Invoke(ctx, load(t, "../../events/get-grant.json")); err != nil {
		t.Fatal(err)
	}
	if left < 200*time.Millisecond || left > 2*time.Second {
		t.Errorf("the handler's deadline is %v before Lambda's", left)
	}
}
