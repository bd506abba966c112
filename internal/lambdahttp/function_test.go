package lambdahttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/opgrants/opgrants/internal/lambdahttp"
	"github.com/opgrants/opgrants/internal/telemetry"
)

var _ lambda.Handler = (*lambdahttp.Function)(nil)

func TestEachLineNamesItsRequest(t *testing.T) {
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo)
	f := lambdahttp.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { log.InfoContext(r.Context(), "asked") }), nil)
	if _, err := f.Invoke(t.Context(), load(t, "../../events/get-grant.json")); err != nil {
		t.Fatal(err)
	}
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line["correlation_id"] != "JKa3bi4tjoEEPzA=" || line["cold_start"] != true {
		t.Errorf("logged %v", line)
	}
}

func TestARequestEndsBeforeItsInvocation(t *testing.T) {
	deadline := time.Now().Add(time.Minute)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	var left time.Duration
	f := lambdahttp.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		d, _ := r.Context().Deadline()
		left = deadline.Sub(d)
	}), nil)
	if _, err := f.Invoke(ctx, load(t, "../../events/get-grant.json")); err != nil {
		t.Fatal(err)
	}
	if left < 200*time.Millisecond || left > 2*time.Second {
		t.Errorf("the handler's deadline is %v before Lambda's", left)
	}
}

// What a request costs beside its handler and one line of the log.
const maxRequestAllocations = 180

func TestARequestAllocatesLittle(t *testing.T) {
	log := telemetry.NewLogger(io.Discard, slog.LevelInfo, slog.String(telemetry.KeyService, "shop"))
	f := lambdahttp.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.LogAttrs(r.Context(), slog.LevelInfo, "answered", slog.Int("status", http.StatusSeeOther), slog.String("method", r.Method), slog.String("path", r.URL.Path))
		http.Redirect(w, r, "https://shop.example/thanks", http.StatusSeeOther)
	}), nil)
	event := load(t, "../../events/finish-callback.json")
	n := testing.AllocsPerRun(100, func() {
		if _, err := f.Invoke(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	})
	if n > maxRequestAllocations {
		t.Errorf("it allocates %v times, want at most %d", n, maxRequestAllocations)
	}
}
