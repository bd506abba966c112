package config

import (
	"cmp"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/internal/pattern"
)

// env reads environment variables and collects what is wrong with them.
type env struct {
	get      func(string) string
	problems *problems
}

func (e env) require(name, what string) string { return e.requireIf(true, name, what) }

// value returns the variable without the quotes around it. What is a private key
// or has a quote on one side only is a problem.
func (e env) value(name string) string {
	v := Unquote(e.get(name))
	checkPlain(e.problems, name, v)
	return v
}

// checkPlain reports a value that is a private key, as it would be logged or sent
// to somebody, or that has a quote on one side only.
func checkPlain(p *problems, name, value string) {
	switch {
	case IsKey(value):
		p.add(name, "is what looks like a private key (not shown), which belongs in PRIVATE_KEY or in the secret on AWS only")
	case strayQuote(value):
		p.add(name, "begins or ends with a quote; quote the whole value or nothing of it")
	}
}

func (e env) requireIf(needed bool, name, what string) string {
	v := e.value(name)
	if v == "" && needed {
		e.problems.add(name, "is not set; it is %s", what)
	}
	return v
}

// flag is false unless it is "true", in any capitals: a misspelt value must not
// switch off a safeguard, nor silently leave one on.
func (e env) flag(name string) bool {
	return e.choice(name, "false", "true") == "true"
}

// choice is one of the values, the first if the variable is not set.
func (e env) choice(name string, values ...string) string {
	v := strings.ToLower(Unquote(e.get(name)))
	if v == "" {
		return values[0]
	}
	if !slices.Contains(values, v) {
		e.problems.add(name, "is %s; it may be %s", describeChoice(v), strings.Join(values, " or "))
	}
	return v
}

func (e env) orDefault(name, value string) string {
	v := e.value(name)
	checkLabel(e.problems, name, v)
	return cmp.Or(v, value)
}

// TelemetryFromEnv returns how logs and metrics are labelled, whatever else is
// wrong with the configuration: a function that does nothing must still be counted
// where alarms look. A label that is invalid has its default.
func TelemetryFromEnv(getenv func(string) string) Telemetry {
	var p problems
	t := env{get: getenv, problems: &p}.telemetry()
	for _, wrong := range p {
		switch wrong.Name {
		case "POWERTOOLS_SERVICE_NAME":
			t.Service = defaultName
		case "POWERTOOLS_METRICS_NAMESPACE":
			t.Namespace = defaultName
		}
	}
	return t
}

func (e env) telemetry() Telemetry {
	return Telemetry{
		Service:   e.orDefault("POWERTOOLS_SERVICE_NAME", defaultName),
		Namespace: e.orDefault("POWERTOOLS_METRICS_NAMESPACE", defaultName),
		LogLevel:  parseLogLevel(e.problems, "POWERTOOLS_LOG_LEVEL", Unquote(e.get("POWERTOOLS_LOG_LEVEL"))),
	}
}

// endpoint is where an AWS service is instead of at its region's own address.
// The name of the service goes before the common one, as in the AWS SDKs.
func (e env) endpoint(name string) string {
	const common = "AWS_ENDPOINT_URL"
	v := Unquote(e.get(name))
	if v == "" {
		name, v = common, Unquote(e.get(common))
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

// checkLabel reports a name that each log line or metric would repeat and that is
// more likely a secret.
func checkLabel(p *problems, name, value string) {
	if HasPassword(value) || cutSecrets(value) != value || isJSON(value) || longRandom().MatchString(value) && !isHarmless(value) {
		p.add(name, "is %s; it is a name that every log line or metric repeats", Describe(value))
	}
}

// checkName reports a value that cannot be a name in AWS.
func checkName(p *problems, name, value string) {
	checkLabel(p, name, value)
	if !awsName().MatchString(value) {
		p.add(name, "is %s, which is no name or ARN in AWS", Describe(value))
	}
}

var awsName = pattern.New(`^([A-Za-z0-9/_+=.@-]+|arn:[A-Za-z0-9/_+=.@:-]+)?$`)

var longRandom = pattern.New(`[A-Za-z0-9+=]{32}`)

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
		p.add(name, "is %s; it may be DEBUG, INFO, WARNING, ERROR or CRITICAL", describeChoice(value))
	}
	return level
}
