package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/opgrants/opgrants/internal/telemetry"
)

// repeated returns a member that an object in a JSON text has twice, or "".
func repeated(t *testing.T, text string) string {
	t.Helper()
	type object struct {
		seen map[string]bool
		name bool // the next token is a name
	}
	var open []*object
	d := json.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return ""
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		last := len(open) - 1
		switch token {
		case json.Delim('{'):
			if last >= 0 {
				open[last].name = true
			}
			open = append(open, &object{map[string]bool{}, true})
			continue
		case json.Delim('['):
			if last >= 0 {
				open[last].name = true
			}
			open = append(open, &object{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:last]
			continue
		}
		if last < 0 || open[last].seen == nil {
			continue
		}
		if !open[last].name {
			open[last].name = true
			continue
		}
		name, _ := token.(string)
		if open[last].seen[name] {
			return name
		}
		open[last].seen[name], open[last].name = true, false
	}
}

func TestNoLineHasAMemberTwice(t *testing.T) {
	if got := repeated(t, `{"a":{"b":1},"c":[{"d":1}],"a":2}`); got != "a" {
		t.Fatalf("the test itself finds %q", got)
	}
	ctx := telemetry.With(t.Context(), slog.String("grant_id", "1"), slog.String("service", "1"), slog.Int("n", 1))
	ctx = telemetry.With(ctx, slog.String("grant_id", "2"))
	for name, tc := range map[string]struct {
		log  func(*slog.Logger)
		want string
	}{
		"the context's last counts": {func(l *slog.Logger) { l.InfoContext(ctx, "m") }, `"grant_id":"2"`},
		"the line's counts":         {func(l *slog.Logger) { l.InfoContext(ctx, "m", "grant_id", "3") }, `"grant_id":"3"`},
		"the line's last counts":    {func(l *slog.Logger) { l.InfoContext(ctx, "m", "grant_id", "3", "grant_id", "4") }, `"grant_id":"4"`},
		"the context's counts before the logger's": {func(l *slog.Logger) { l.With("grant_id", "5").With("grant_id", "6").InfoContext(ctx, "m") },
			`"grant_id":"2"`},
		"the logger's last counts": {func(l *slog.Logger) { l.With("a", "5").With("a", "6").Info("m") }, `"a":"6"`},
		"names of every line": {func(l *slog.Logger) {
			l.Info("m", "level", 1, "message", 2, "msg", 3, "time", 4, "timestamp", 5, "source", 6)
		}, `"message":"m"`},
		"a renamed name is there already": {func(l *slog.Logger) { l.Info("m", "attribute_level", 1, "level", 2) },
			`"attribute_level":2`},
		"a group": {func(l *slog.Logger) { l.Info("m", slog.Group("g", "a", 1, "a", 2), slog.Group("g", "b", 3)) }, `"g":{"b":3}`},
		"an open group": {func(l *slog.Logger) { l.WithGroup("g").With("a", 1).InfoContext(ctx, "m", "a", 2) },
			`"g":{"a":2}`},
		"groups in groups": {func(l *slog.Logger) {
			l.With("g", 1).WithGroup("g").With("h", 1).WithGroup("h").Info("m", "a", 1, "a", 2, "level", 3)
		}, `"g":{"h":{"a":2,"level":3}}`},
		"a group without a name": {func(l *slog.Logger) { l.Info("m", "a", 1, slog.Group("", "a", 2)) }, `"a":2`},
		"a value that is a group": {func(l *slog.Logger) { l.Info("m", "g", twice{}) },
			`"g":{"a":2}`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			tc.log(telemetry.NewLogger(&out, slog.LevelInfo, slog.String("service", "0")))
			if member := repeated(t, out.String()); member != "" {
				t.Errorf("%s is twice in %s", member, &out)
			}
			if !strings.Contains(out.String(), tc.want) {
				t.Errorf("%s lacks %s", &out, tc.want)
			}
		})
	}
}

// twice is a value that is logged as a group with a member twice.
type twice struct{}

func (twice) LogValue() slog.Value { return slog.GroupValue(slog.Int("a", 1), slog.Int("a", 2)) }

func TestTheHandlerKeepsTheRulesOfSlog(t *testing.T) {
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return telemetry.NewLogger(&out, slog.LevelInfo).Handler()
	}, func(t *testing.T) map[string]any {
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		for ours, theirs := range map[string]string{telemetry.KeyTimestamp: slog.TimeKey, telemetry.KeyMessage: slog.MessageKey} {
			if v, ok := line[ours]; ok {
				line[theirs] = v
				delete(line, ours)
			}
		}
		return line
	})
}

func BenchmarkLine(b *testing.B) {
	ctx := telemetry.With(context.Background(), slog.String("correlation_id", "JKa3bi4tjoEEPzA="), slog.Bool("cold_start", false),
		slog.String("function_request_id", "8286a188-ba32-4475-8077-530cd35c09a9"), slog.String("grant_id", "AAECAwQFBgcICQoLDA0ODw"))
	log := telemetry.NewLogger(io.Discard, slog.LevelInfo, slog.String("service", "opgrants"))
	for b.Loop() {
		log.InfoContext(ctx, "request", "method", "GET", "status", 502, "route", "/grants/{id}", "error",
			errors.New("wallet_refused: The wallet refused the request: request the grant: https://auth.wallet.example/: 400 invalid_client: could not determine client"))
	}
}
