package telemetry

import (
	"context"
	"io"
	"log/slog"
	"slices"
)

// Names of the fields. Powertools for AWS Lambda has the same, but for those
// that say otherwise.
const (
	KeyTimestamp         = "timestamp"
	KeyLevel             = slog.LevelKey
	KeyMessage           = "message"
	KeyService           = "service"
	KeyColdStart         = "cold_start" // the first invocation of an execution environment
	KeyFunctionName      = "function_name"
	KeyFunctionVersion   = "function_version"     // on lines of [ServerFault]
	KeyFunctionMemory    = "function_memory_size" // MB
	KeyFunctionARN       = "function_arn"
	KeyFunctionRequestID = "function_request_id"
	KeyTraceID           = "xray_trace_id"
	KeyCorrelationID     = "correlation_id" // API Gateway's request id
	KeyGrantID           = "grant_id"       // only here
	KeyCode              = "code"           // of a problem or a failure; only here
	KeyOwner             = "owner"          // of the grants that the caller may use; only here
	KeyCaller            = "caller"         // who called, more exactly: the ARN of AWS, or the sub of a token; only here
)

// NewLogger returns a logger that writes the lines of level and above to w. Every
// line has attrs, and what [With] added to the context that it is logged with.
func NewLogger(w io.Writer, level slog.Level, attrs ...slog.Attr) *slog.Logger {
	out := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: renameBuiltin})
	return slog.New(&handler{out: out, groups: []group{{attrs: attrs}}})
}

// renameBuiltin gives slog's own time and message the names of Powertools. The
// handler has renamed attributes of these names before.
func renameBuiltin(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		a.Key = KeyTimestamp
	case slog.MessageKey:
		a.Key = KeyMessage
	}
	return a
}

type attrsKey struct{}

// With returns a context whose log lines have the attributes too.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	carried, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	return context.WithValue(ctx, attrsKey{}, append(slices.Clip(carried), attrs...))
}
