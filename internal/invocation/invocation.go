package invocation

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/opgrants/opgrants/internal/telemetry"
)

// Invocations counts the invocations of one execution environment. The zero
// value has had none: the first is a cold start.
type Invocations struct{ warm atomic.Bool }

// Begin returns the context of the next invocation, from the one that Lambda
// gives. It ends reserve before Lambda's deadline: Lambda stops a function at the
// deadline, and its caller gets no answer. Log lines that are written with the
// context name the invocation. correlationID is the event's; it may be empty.
func (i *Invocations) Begin(ctx context.Context, correlationID string, reserve time.Duration) (context.Context, context.CancelFunc) {
	ctx = telemetry.With(ctx, i.attributes(ctx, correlationID)...)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-reserve))
	}
	return context.WithCancel(ctx)
}

func (i *Invocations) attributes(ctx context.Context, correlationID string) []slog.Attr {
	attrs := []slog.Attr{
		slog.Bool(telemetry.KeyColdStart, !i.warm.Swap(true)),
		slog.String(telemetry.KeyCorrelationID, correlationID),
	}
	if c, ok := lambdacontext.FromContext(ctx); ok {
		attrs = append(attrs,
			slog.String(telemetry.KeyFunctionRequestID, c.AwsRequestID),
			slog.String(telemetry.KeyFunctionARN, c.InvokedFunctionArn))
	}
	// aws-lambda-go stores it under a plain string.
	if header, _ := ctx.Value("x-amzn-trace-id").(string); header != "" {
		attrs = append(attrs, slog.String(telemetry.KeyTraceID, traceID(header)))
	}
	return attrs
}

// traceID returns the Root of an X-Ray trace header: "Root=1-…;Parent=…;Sampled=1".
func traceID(header string) string {
	for field := range strings.SplitSeq(header, ";") {
		if root, ok := strings.CutPrefix(strings.TrimSpace(field), "Root="); ok {
			return root
		}
	}
	return header
}
