package command

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/recorder"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
	"github.com/opgrants/opgrants/internal/config"
)

// ServiceFlags are the flags of commands that call a running service.
type ServiceFlags struct {
	TokenFile string        `name:"token-file" placeholder:"FILE" group:"who" help:"File with the service's bearer token. Or the token itself in $API_TOKEN, never as an argument."`
	Key       string        `name:"idempotency-key" placeholder:"TEXT" group:"how" help:"Idempotency-Key: with the same one, the command goes on where it stopped. Default: a random one."`
	Follow    time.Duration `name:"follow" default:"10m" placeholder:"10m" group:"how" help:"How long to wait until the payment is decided. Default: ${default}."`
}

// check refuses flags that cannot work.
func (f *ServiceFlags) check(service string) error {
	u, err := url.Parse(service)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return exit.Usage.With("--service %s: write the URL of the service, such as http://127.0.0.1:8080.", config.Describe(service))
	case f.Follow <= 0:
		return exit.Usage.With("--follow must be more than 0.")
	}
	for _, r := range f.Key {
		if r <= ' ' || r > '~' {
			return exit.Usage.With("--idempotency-key: use visible ASCII characters.")
		}
	}
	return nil
}

// open returns a client of the service. With trace it prints each request and answer.
func (f *ServiceFlags) open(service string, trace bool, term *cli.Terminal, env *cli.Environment) (*serviceapi.Client, error) {
	token, err := f.readToken(env)
	if err != nil {
		return nil, err
	}
	way := http.DefaultTransport
	if trace {
		// An error of stderr could be reported nowhere.
		way = &recorder.Transport{Base: way, Mask: new(recorder.Mask), Record: func(x recorder.Exchange) { _ = x.Print(term.Err) }}
	}
	return serviceapi.New(strings.TrimSuffix(service, "/"), token, way), nil
}

// readToken reads the bearer token. It is "" for a service that needs none, which a
// service on this machine may do. No error repeats a token.
func (f *ServiceFlags) readToken(env *cli.Environment) (string, error) {
	from, text := "API_TOKEN", env.Get("API_TOKEN")
	if f.TokenFile != "" {
		file, err := os.ReadFile(f.TokenFile) // #nosec G304 -- what the user asks for
		if err != nil {
			return "", exit.Usage.With("--token-file %s: it cannot be read.", config.DescribePath(f.TokenFile))
		}
		from, text = "--token-file", strings.TrimSpace(string(file))
	}
	if strings.Contains(text, ",") {
		return "", exit.Usage.With("%s has several tokens: give the one of this caller.", from)
	}
	// The service's own variable has name:token or name:token:powers.
	if parts := strings.Split(text, ":"); len(parts) > 1 {
		text = config.Unquote(parts[1])
	}
	for _, r := range text {
		if r <= ' ' || r > '~' {
			return "", exit.Usage.With("%s has no token: it must be one line of visible ASCII characters.", from)
		}
	}
	return text, nil
}
