package lambdahttp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/internal/invocation"
)

// answerTime is kept of an invocation's time to answer in.
const answerTime = 500 * time.Millisecond

// A Function answers API Gateway's events with an http.Handler. It is a
// lambda.Handler.
type Function struct {
	handler     http.Handler
	invocations invocation.Invocations
}

// New is the function that answers with h.
func New(h http.Handler) *Function { return &Function{handler: h} }

// Invoke answers one event. It fails only when that is no event of an HTTP API.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("not an event of an API Gateway HTTP API: %w", err)
	}
	ctx, end := f.invocations.Begin(ctx, e.RequestContext.RequestID, answerTime)
	defer end()
	r, err := newRequest(ctx, &e)
	if err != nil {
		return nil, err
	}
	w := &recorder{header: http.Header{}}
	f.handler.ServeHTTP(w, r)
	return json.Marshal(w.response())
}
