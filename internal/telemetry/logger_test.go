package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/telemetry"
)

func TestLogLines(t *testing.T) {
	base := context.Background()
	request := telemetry.With(base, slog.String("correlation_id", "c1"), slog.Bool("cold_start", true))
	for _, tc := range []struct {
		name string
		log  func(*slog.Logger)
		want map[string]any
	}{
		{"have the names of Powertools", func(l *slog.Logger) { l.Info("started", "n", 1) },
			map[string]any{"level": "INFO", "message": "started", "service": "opgrants", "n": 1.0}},
		{"have what the context carries", func(l *slog.Logger) { l.InfoContext(request, "asked") },
			map[string]any{"level": "INFO", "message": "asked", "service": "opgrants", "correlation_id": "c1", "cold_start": true}},
		{"have what was added to the context later", func(l *slog.Logger) {
			l.WarnContext(telemetry.With(request, slog.String("grant_id", "g1")), "late")
		}, map[string]any{"level": "WARN", "message": "late", "service": "opgrants", "correlation_id": "c1", "cold_start": true, "grant_id": "g1"}},
		{"keep a nested message's own name", func(l *slog.Logger) {
			l.Error("failed", slog.Group("upstream", "msg", "no"), "error", errors.New("broken"))
		}, map[string]any{"level": "ERROR", "message": "failed", "service": "opgrants", "upstream": map[string]any{"msg": "no"}, "error": "broken"}},
		{"have what a derived logger adds", func(l *slog.Logger) { l.With("part", "a").InfoContext(request, "x") },
			map[string]any{"level": "INFO", "message": "x", "service": "opgrants", "part": "a", "correlation_id": "c1", "cold_start": true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out bytes.Buffer
			tc.log(telemetry.NewLogger(&out, slog.LevelInfo, slog.String("service", "opgrants")))
			var got map[string]any
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatalf("%v in %s", err, &out)
			}
			if s, ok := got["timestamp"].(string); !ok || !strings.Contains(s, "T") {
				t.Errorf("timestamp = %v", got["timestamp"])
			}
			delete(got, "timestamp")
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got  %v\nwant %v", got, tc.want)
			}
		})
	}
}

func TestAContextIsNotChangedByItsChildren(t *testing.T) {
	parent := context.Background()
	for _, key := range []string{"a", "b", "c"} { // a slice of three has room for a fourth
		parent = telemetry.With(parent, slog.String(key, "1"))
	}
	one := telemetry.With(parent, slog.String("child", "one"))
	telemetry.With(parent, slog.String("child", "two"))
	var out bytes.Buffer
	telemetry.NewLogger(&out, slog.LevelInfo).InfoContext(one, "x")
	if !strings.Contains(out.String(), `"child":"one"`) {
		t.Error(out.String())
	}
}

func TestLinesBelowTheLevelAreNotWritten(t *testing.T) {
	var out bytes.Buffer
	telemetry.NewLogger(&out, slog.LevelWarn).Info("quiet")
	if out.Len() > 0 {
		t.Error(out.String())
	}
}
