package telemetry

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/internal/pattern"
)

// secrets are the forms in which a secret can stand in a text: in a query, in an
// Authorization header, in a signature, in a PEM file. Nobody should log such a
// text. This is the last place where it can be stopped.
var secrets = []struct {
	hints []string // in lower case; a text without any of them does not have the form, which is faster to see
	form  func() *regexp.Regexp
	with  string
}{
	{[]string{"interact_ref=", "hash=", "access_token="},
		pattern.New(`(?i)\b(interact_ref|hash|access_token)=[^&\s"'<>]+`), "$1=" + masked},
	{[]string{"code=", "token="}, // values that are shorter are names, such as too_fast
		pattern.New(`(?i)\b(code|token)=[^&\s"'<>]{16,}`), "$1=" + masked},
	{[]string{"gnap", "bearer", "basic"},
		pattern.New(`(?i)\b(GNAP|Bearer|Basic)( |%20)+[A-Za-z0-9._~+/%-]{12,}=*`), "$1 " + masked},
	{[]string{"sig1=:"},
		pattern.New(`(?i)\bsig1=:[A-Za-z0-9+/=]+:?`), "sig1=" + masked},
	{[]string{"private key-----"},
		pattern.New(`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)`), masked},
	{[]string{`"`},
		pattern.New(`(?i)("?(?:access_?token|private_?key|interact_?ref|refused|authorization)\\*"?\s*:\s*)\\*"[^"]*"`), `$1"` + masked + `"`},
	{[]string{"@"},
		pattern.New(`(://)[^/\s:@"]+:[^/\s@"]+@`), "$1" + masked + "@"},
}

const masked = "REDACTED"

// mask returns text without its secrets.
func mask(text string) string {
	if !strings.ContainsAny(text, "=: ") { // one of these is in every form
		return text
	}
	lower := strings.ToLower(text)
	for _, s := range secrets {
		if slices.ContainsFunc(s.hints, func(hint string) bool { return strings.Contains(lower, hint) }) {
			text = s.form().ReplaceAllString(text, s.with)
		}
	}
	return text
}

// maskValue returns a resolved value without the secrets in its texts.
func maskValue(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(mask(v.String()))
	case slog.KindAny:
		return maskAny(v.Any())
	}
	return v
}

// maskAny writes a value as slog would: an error by its text, everything else as
// JSON. Only then are the texts inside it known.
func maskAny(v any) slog.Value {
	if err, ok := v.(error); ok {
		if _, ok := v.(json.Marshaler); !ok {
			return slog.StringValue(mask(err.Error()))
		}
	}
	if text, ok := v.(encoding.TextMarshaler); ok {
		if _, ok := v.(json.Marshaler); !ok {
			if b, err := text.MarshalText(); err == nil {
				return slog.StringValue(mask(string(b)))
			}
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(fmt.Sprintf("%T cannot be logged", v))
	}
	var plain any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // a float would lose digits
	if d.Decode(&plain) != nil {
		return slog.StringValue(fmt.Sprintf("%T cannot be logged", v))
	}
	return slog.AnyValue(maskJSON(plain))
}

// maskJSON masks the texts in what encoding/json decoded.
func maskJSON(v any) any {
	switch v := v.(type) {
	case string:
		return mask(v)
	case []any:
		for i := range v {
			v[i] = maskJSON(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = maskJSON(v[name])
		}
	}
	return v
}
