package command

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"syscall"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/internal/telemetry"
)

// Serve is `opgrants serve`.
type Serve struct {
	config.Serve
	MaxRequests int             `name:"max-requests" default:"256" placeholder:"N" help:"Most requests at the same time; others get 503 with Retry-After at once. Default: ${default}."`
	EnvFile     cli.EnvFiles    `name:"env-file" sep:"none" placeholder:"FILE" help:"Read variables from this file too. Flags take precedence over the environment, the environment over files, and a later file over an earlier one."`
	Output      cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Serve) Help() string {
	return `Runs the service as one process, with its grants in one file. Apps call it with Authorization: Bearer and a token of
API_TOKEN, which is read from the environment or --env-file only, as PRIVATE_KEY is. GET /healthz is for monitoring. The
log goes to stderr, as JSON. Every minute it rotates the tokens of recurring grants that are due, long before their wallets
would forget them, and sends cancels again that failed before; "opgrants admin" lists what it has given up. SIGTERM and
SIGINT end the process once the requests and rotations under way are answered, after 30 s at the latest.

The exit code is one of:

` + exit.Table(exit.OK, exit.Internal, exit.Usage, exit.Key, exit.Port, exit.Data)
}

// Run serves until ctx is done.
func (c *Serve) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	return c.Output.To(term).End(c.run(ctx, term, env))
}

func (c *Serve) run(ctx context.Context, term *cli.Terminal, env *cli.Environment) (err error) {
	c.ReadSecrets(env.Get)
	if err := c.Check(); err != nil {
		return exit.Usage.With("%w", err).Then("opgrants doctor")
	}
	if c.MaxRequests < 1 {
		return exit.Usage.With("--max-requests must be 1 or more.")
	}
	log := telemetry.NewLogger(term.Err, c.Level, slog.String(telemetry.KeyService, c.ServiceName))
	if c.InsecureAllowLocal {
		log.Warn("INSECURE_ALLOW_LOCAL is set: http and private addresses are allowed. For development only.")
	}
	listener, err := net.Listen("tcp", c.Serve.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return exit.Port.With("%s is in use: stop the program that listens there, or give another --listen.", c.Serve.Listen)
	}
	if err != nil {
		return exit.Port.With("%w", err)
	}
	defer func() { _ = listener.Close() }()
	url := c.BaseURL(listener.Addr())
	wallets := &telemetry.WalletTransport{Next: netguard.NewTransport(netguard.Options{InsecureAllowLocal: c.InsecureAllowLocal}), Log: log}
	s, err := service.Open(ctx, service.Options{Config: &c.Serve, PublicURL: url, Log: log, HTTP: &http.Client{Transport: wallets}, MaxRequests: c.MaxRequests})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	log.Info("listening", "url", url, "address", listener.Addr().String())
	return s.Run(ctx, listener)
}
