package invocation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/opgrants/opgrants/internal/invocation"
	"github.com/opgrants/opgrants/internal/telemetry"
)

func TestEachLineNamesItsInvocation(t *testing.T) {
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo)
	ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{
		AwsRequestID: "8286a188-ba32-4475-8077-530cd35c09a9", InvokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:x:live"})
	//nolint:staticcheck,revive // this is the key that aws-lambda-go uses
	ctx = context.WithValue(ctx, "x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
	var all invocation.Invocations
	for range 2 {
		one, end := all.Begin(ctx, "JKa3bi4tjoEEPzA=", time.Second)
		log.InfoContext(one, "asked")
		end()
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

func TestAnInvocationEndsBeforeLambdaStopsIt(t *testing.T) {
	deadline := time.Now().Add(time.Minute)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	var all invocation.Invocations
	one, end := all.Begin(ctx, "", 7*time.Second)
	if got, ok := one.Deadline(); !ok || deadline.Sub(got) != 7*time.Second {
		t.Errorf("it ends at %v, and Lambda ends it at %v", got, deadline)
	}
	if end(); one.Err() == nil {
		t.Error("it goes on after its end")
	}
	if late, end := all.Begin(ctx, "", time.Hour); late.Err() == nil {
		t.Error("it begins without time")
	} else {
		end()
	}
	if unbound, end := all.Begin(context.Background(), "", time.Second); unbound.Err() != nil {
		t.Errorf("without a deadline: %v", unbound.Err())
	} else {
		end()
	}
}
