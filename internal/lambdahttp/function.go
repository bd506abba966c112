package lambdahttp

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/opgrants/opgrants/internal/telemetry"
)

// answerTime is kept of an invocation's time to answer in: Lambda kills what
// runs past its deadline, and the caller is told nothing.
const answerTime = 500 * time.Millisecond

// A Function answers API Gateway's events with an http.Handler. It is a
// lambda.Handler.
type Function struct {
	handler http.Handler
	warm    atomic.Bool
}

// New is the function that answers with h.
func New(h http.Handler) *Function { return &Function{handler: h} }

// Invoke answers one event. It fails only when that is no event of an HTTP API.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("not an event of an API Gateway HTTP API: %w", err)
	}
	ctx = telemetry.With(ctx, f.invocation(ctx, &e)...)
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerTime))
		defer cancel()
	}
	r, err := newRequest(ctx, &e)
	if err != nil {
		return nil, err
	}
	w := &recorder{header: http.Header{}}
	f.handler.ServeHTTP(w, r)
	return json.Marshal(w.response())
}

// invocation is what every log line of this invocation has.
func (f *Function) invocation(ctx context.Context, e *event) []slog.Attr {
	attrs := []slog.Attr{
		slog.Bool(telemetry.KeyColdStart, !f.warm.Swap(true)),
		slog.String(telemetry.KeyCorrelationID, e.RequestContext.RequestID),
	}
	if c, ok := lambdacontext.FromContext(ctx); ok {
		attrs = append(attrs,
			slog.String(telemetry.KeyFunctionRequestID, c.AwsRequestID),
			slog.String(telemetry.KeyFunctionARN, c.InvokedFunctionArn))
	}
	// aws-lambda-go has put it there, under a plain string.
	if header, _ := ctx.Value("x-amzn-trace-id").(string); header != "" {
		attrs = append(attrs, slog.String(telemetry.KeyTraceID, traceID(header)))
	}
	return attrs
}

// traceID is the Root of an X-Ray trace header: "Root=1-…;Parent=…;Sampled=1".
func traceID(header string) string {
	for field := range strings.SplitSeq(header, ";") {
		if root, ok := strings.CutPrefix(strings.TrimSpace(field), "Root="); ok {
			return root
		}
	}
	return header
}
