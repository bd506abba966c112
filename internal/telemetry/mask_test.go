package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
)

const secret = "S3cR3tS3cR3tS3cR3tS3cR3t"

// logText logs in every way in which a text can get onto a line.
func logText(text string) string {
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo, slog.String("of_all", text))
	ctx := telemetry.With(context.Background(), slog.String("carried", text))
	log.InfoContext(ctx, text, "text", text, "error", fmt.Errorf("wrapped: %w", errors.New(text)), "list", []string{text},
		"object", struct{ Text string }{text}, "map", map[string]any{"text": []any{text}}, slog.Group("group", "text", text))
	log.With("with", text).WithGroup("g").Info(text, "text", text, "bytes", json.RawMessage(`"`+strings.ReplaceAll(strings.ReplaceAll(text, `"`, `\"`), "\n", `\n`)+`"`))
	return out.String()
}

func TestSecretsInTextsAreMasked(t *testing.T) {
	for name, text := range map[string]string{
		"the query of a finish link":  "GET /grants/x/finish?hash=" + secret + "%3D&interact_ref=" + secret,
		"a short interact_ref":        "interact_ref=S3cR3t!",
		"the return to the app":       "https://shop.example/thanks?status=granted&code=" + secret,
		"an access token in a query":  "?access_token=" + secret,
		"an Authorization header":     "Authorization: GNAP " + secret,
		"a bearer token":              "bearer " + secret + "==",
		"a signature":                 "Signature: sig1=:" + secret + "==:",
		"a private key":               "-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----",
		"a private key that is cut":   "-----BEGIN PRIVATE KEY-----\n" + secret,
		"a key of OpenSSH":            "-----BEGIN OPENSSH PRIVATE KEY-----\n" + secret + "\n-----END OPENSSH PRIVATE KEY-----",
		"a token in quoted JSON":      fmt.Sprintf("it is %q", `{"access_token":"`+secret+`"}`),
		"a token in JSON":             `{"access_token":"` + secret + `"}`,
		"a private key in JSON":       `{"privateKey": "` + secret + `"}`,
		"a user name and password":    "https://user:" + secret + "@wallet.example/",
		"the body of a token request": `{"refused":"` + secret + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			if got := logText(text); strings.Contains(got, "S3cR3t") || strings.Count(got, "\n") != 2 {
				t.Errorf("it logs %s", got)
			}
		})
	}
}

func TestWhatIsNoSecretIsLogged(t *testing.T) {
	for _, text := range []string{
		"the wallet refused: 400 too_fast (code=too_fast)", "GNAP error", "WWW-Authenticate: GNAP as_uri=https://auth.example", "hash mismatch",
		"https://wallet.example/alice?a=b", "token: expired", "Bearer required", "wallet_refused: The wallet refused the request.", "12:30", "a=b",
	} {
		got := logText(text)
		if quoted, _ := json.Marshal(text); strings.Contains(got, "REDACTED") || strings.Count(got, string(quoted)) < 10 {
			t.Errorf("%s: it logs %s", text, got)
		}
	}
}

func TestValuesThatAreNoTextAreLogged(t *testing.T) {
	var out bytes.Buffer
	at, err := url.Parse("https://wallet.example/alice")
	if err != nil {
		t.Fatal(err)
	}
	telemetry.NewLogger(&out, slog.LevelInfo).Info("m", "big", map[string]int64{"n": 9007199254740993}, "none", nil, "url", at,
		"secret", opclient.Secret(secret), "secrets", []any{opclient.Secret(secret)}, "channel", make(chan int), "level", slog.LevelWarn)
	got := out.String()
	for _, want := range []string{`"big":{"n":9007199254740993}`, `"none":null`, `"channel":"chan int cannot be logged"`, `"attribute_level":"WARN"`, "wallet.example"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
	if strings.Contains(got, "S3cR3t") {
		t.Error(got)
	}
}
