package lambdahttp

import (
	"context"
	"encoding/json"
	"log/slog"
)

// answerForeign answers a payload that is not an event of an HTTP API. It never
// fails: an error would count in the function's metrics and raise an alarm,
// although nothing is broken.
func (f *Function) answerForeign(ctx context.Context, payload []byte) ([]byte, error) {
	if !isForeignRequest(payload) {
		f.log(ctx, slog.LevelInfo, "ignored an event that is not an HTTP request")
		return []byte(`{"ignored":"This event is not an HTTP request."}`), nil
	}
	const detail = "This function answers an API Gateway HTTP API with payload format 2.0. " +
		"Set PayloadFormatVersion of the integration to 2.0. It does not answer a REST API or a load balancer."
	f.log(ctx, slog.LevelWarn, "refused an event of another front end: the function needs an API Gateway HTTP API with payload format 2.0")
	return refuse(ctx, detail)
}

// isForeignRequest reports whether somebody waits for an HTTP response to the
// payload: it is an event of a REST API, of a load balancer, or of payload
// format 1.0, all of which have httpMethod, or of another version of the format.
func isForeignRequest(payload []byte) bool {
	var e struct {
		HTTPMethod     any
		RequestContext map[string]any
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		return false
	}
	method, _ := e.HTTPMethod.(string)
	return method != "" || e.RequestContext["http"] != nil || e.RequestContext["elb"] != nil
}

func (f *Function) log(ctx context.Context, level slog.Level, message string) {
	if f.logger != nil {
		f.logger.Log(ctx, level, message)
	}
}
