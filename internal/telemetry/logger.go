package telemetry

import (
	"context"
	"io"
	"log/slog"
	"slices"
)

// Names of the fields, as Powertools for AWS Lambda has them.
const (
	KeyTimestamp         = "timestamp"
	KeyMessage           = "message"
	KeyService           = "service"
	KeyColdStart         = "cold_start" // the first invocation of an execution environment
	KeyFunctionName      = "function_name"
	KeyFunctionMemory    = "function_memory_size" // MB
	KeyFunctionARN       = "function_arn"
	KeyFunctionRequestID = "function_request_id"
	KeyTraceID           = "xray_trace_id"
	KeyCorrelationID     = "correlation_id" // API Gateway's request id
	KeyGrantID           = "grant_id"       // ours: Powertools has none
	KeyCode              = "code"           // of a problem, a failure
)

// NewLogger writes the lines of level and above to w. The attributes are on
// every line, those of [With] on the lines that are logged with that context.
func NewLogger(w io.Writer, level slog.Level, attrs ...slog.Attr) *slog.Logger {
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: powertoolsNames})
	return slog.New(handler{h.WithAttrs(attrs)})
}

func powertoolsNames(groups []string, a slog.Attr) slog.Attr {
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

// handler adds the attributes that the context carries.
type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	carried, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	if len(carried) == 0 {
		return h.Handler.Handle(ctx, r)
	}
	seen := make(map[string]bool, r.NumAttrs()+len(carried)) // a key twice is not JSON that all readers take
	r.Attrs(func(a slog.Attr) bool { seen[a.Key] = true; return true })
	for _, a := range slices.Backward(carried) { // the one added last counts
		if !seen[a.Key] {
			seen[a.Key] = true
			r.AddAttrs(a)
		}
	}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
