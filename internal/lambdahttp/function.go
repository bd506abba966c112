package lambdahttp

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/invocation"
)

// answerTime is how long before Lambda's deadline a request ends, so that its
// answer is still sent.
const answerTime = 500 * time.Millisecond

// A Function answers API Gateway's events with an http.Handler. It is a
// lambda.Handler.
type Function struct {
	handler     http.Handler
	logger      *slog.Logger
	invocations invocation.Invocations
}

// New returns the function that answers with h. It logs events that it does not
// serve to log; nil: nowhere.
func New(h http.Handler, log *slog.Logger) *Function { return &Function{handler: h, logger: log} }

// Invoke answers one event. It never fails, whatever the payload is: an error of
// a function raises an alarm.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	e := readEvent(payload)
	var requestID string
	if e != nil {
		requestID = e.RequestContext.RequestID
	}
	ctx, end := f.invocations.Begin(ctx, requestID, answerTime)
	defer end()
	if e == nil {
		return f.answerForeign(ctx, payload)
	}
	r, err := newRequest(ctx, e)
	if err != nil {
		f.log(ctx, slog.LevelWarn, "refused a malformed event: "+err.Error())
		return refuse(ctx, "The request is malformed: "+err.Error()+".")
	}
	w := &recorder{header: http.Header{}}
	f.handler.ServeHTTP(w, r)
	return json.Marshal(w.response())
}

// refuse returns a problem document, 400. Every front end reads it as a response.
func refuse(ctx context.Context, detail string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return nil, err
	}
	w := &recorder{header: http.Header{}}
	httpapi.WriteProblem(w, r, &grant.Error{Code: httpapi.CodeMalformed, Detail: detail})
	return json.Marshal(w.response())
}
