package config

import (
	"log/slog"
	"net/url"
	"slices"
	"strings"
)

// env reads environment variables and collects what is wrong with them.
type env struct {
	get      func(string) string
	problems *problems
}

func (e env) required(name, what string) string { return e.requiredIf(true, name, what) }

func (e env) requiredIf(needed bool, name, what string) string {
	v := e.get(name)
	if v == "" && needed {
		e.problems.add(name, "is not set; it is %s", what)
	}
	return v
}

// flag is false unless it is "true": a misspelt value must not switch off a
// safeguard, nor silently leave one on.
func (e env) flag(name string) bool {
	return e.choice(name, "false", "true") == "true"
}

// choice is one of the values, the first if the variable is not set.
func (e env) choice(name string, values ...string) string {
	v := e.get(name)
	if v == "" {
		return values[0]
	}
	if !slices.Contains(values, v) {
		e.problems.add(name, "is %q; it may be %s", v, strings.Join(values, " or "))
	}
	return v
}

func (e env) orDefault(name, value string) string {
	if v := e.get(name); v != "" {
		return v
	}
	return value
}

func (e env) telemetry() Telemetry {
	return Telemetry{
		Service:   e.orDefault("POWERTOOLS_SERVICE_NAME", defaultName),
		Namespace: e.orDefault("POWERTOOLS_METRICS_NAMESPACE", defaultName),
		LogLevel:  parseLogLevel(e.problems, "POWERTOOLS_LOG_LEVEL", e.get("POWERTOOLS_LOG_LEVEL")),
	}
}

// endpoint is where an AWS service is instead of at its region's own address.
// The name of the service goes before the common one, as in the AWS SDKs.
func (e env) endpoint(name string) string {
	const common = "AWS_ENDPOINT_URL"
	v := e.get(name)
	if v == "" {
		name, v = common, e.get(common)
	}
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		e.problems.addOnce(name, "is not an http or https URL")
	}
	return v
}

// logLevels are the names that Powertools knows. CRITICAL is the level above
// ERROR, at which we log nothing.
var logLevels = map[string]slog.Level{
	"":         slog.LevelInfo,
	"DEBUG":    slog.LevelDebug,
	"INFO":     slog.LevelInfo,
	"WARNING":  slog.LevelWarn,
	"WARN":     slog.LevelWarn,
	"ERROR":    slog.LevelError,
	"CRITICAL": slog.LevelError + 4,
}

func parseLogLevel(p *problems, name, value string) slog.Level {
	level, ok := logLevels[strings.ToUpper(value)]
	if !ok {
		p.add(name, "is %q; it may be DEBUG, INFO, WARNING, ERROR or CRITICAL", value)
	}
	return level
}
