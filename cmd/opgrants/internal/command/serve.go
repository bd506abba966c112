package command

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

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
	MetricsListen string        `name:"metrics-listen" placeholder:"HOST:PORT" help:"Show metrics for Prometheus at /metrics of this address. Without a host it is 127.0.0.1. Default: nowhere."`
	Drain         time.Duration `name:"drain" default:"0s" placeholder:"TIME" help:"After SIGTERM, answer 503 at /readyz for so long before no more connections are taken, for load balancers; at most 5m. Default: ${default}."`
	MaxRequests   int           `name:"max-requests" default:"256" placeholder:"N" help:"Most requests at the same time; others get 503 with Retry-After at once. Default: ${default}."`
	EnvFile       cli.EnvFiles  `name:"env-file" sep:"none" placeholder:"FILE" help:"Read variables from this file too. Flags take precedence over the environment, the environment over files, and a later file over an earlier one."`
	JSON          bool          `name:"json" help:"Print one JSON object at the start, once the service listens: its URL, and the address of --listen and of --metrics-listen."`
}

// Help is the long text of --help.
func (*Serve) Help() string {
	return `Runs the service as one process, with its grants in one file. Apps call it with Authorization: Bearer and a token of
API_TOKEN, which is read from the environment or --env-file only, as PRIVATE_KEY is. GET /livez and GET /readyz are for
monitoring. The log goes to stderr, as JSON. Every minute it rotates the tokens of recurring grants that are due, long before
their wallets would forget them, and sends cancels again that failed before; "opgrants admin" lists what it has given up.
SIGTERM and SIGINT end the process once the requests and rotations under way are answered, after 30 s at the latest; a second
one ends it at once.

The exit code is one of:

` + exit.Table(exit.OK, exit.Internal, exit.Usage, exit.Key, exit.Port, exit.Data)
}

// Run serves until ctx is done.
func (c *Serve) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	out := cli.OutputFlags{JSON: c.JSON}.To(term)
	return out.End(c.run(ctx, term, env, out))
}

func (c *Serve) run(ctx context.Context, term *cli.Terminal, env *cli.Environment, out *cli.Output) (err error) {
	c.ReadSecrets(env.Get)
	if err := c.Check(); err != nil {
		return cli.UsageSentence(err).Then("opgrants doctor")
	}
	if c.MaxRequests < 1 {
		return exit.Usage.With("--max-requests must be 1 or more.")
	}
	if c.Drain < 0 || c.Drain > service.MaxDrain {
		return exit.Usage.With("--drain must be from 0s to %s.", service.MaxDrain)
	}
	metricsAddress, err := c.metricsAddress()
	if err != nil {
		return err
	}
	log := telemetry.NewLogger(term.Err, c.Level, slog.String(telemetry.KeyService, c.ServiceName))
	if c.InsecureAllowLocal {
		log.Warn("INSECURE_ALLOW_LOCAL is set: http and private addresses are allowed. For development only.")
	}
	listener, err := listen(ctx, c.Serve.Listen, "--listen")
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	var metrics net.Listener
	if metricsAddress != "" {
		if metrics, err = listen(ctx, metricsAddress, "--metrics-listen"); err != nil {
			return err
		}
		defer func() { _ = metrics.Close() }()
		log.Info("metrics", "url", "http://"+metrics.Addr().String()+"/metrics")
	}
	url := c.BaseURL(listener.Addr())
	wallets := &telemetry.WalletTransport{Next: netguard.NewTransport(netguard.Options{InsecureAllowLocal: c.InsecureAllowLocal}), Log: log}
	s, err := service.Open(ctx, service.Options{Config: &c.Serve, PublicURL: url, Log: log, HTTP: &http.Client{Transport: wallets},
		MaxRequests: c.MaxRequests, Metrics: metrics, Drain: c.Drain})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	log.Info("listening", "url", url, "address", listener.Addr().String())
	if err := out.Serve(newServing(url, listener, metrics)); err != nil {
		return err
	}
	notify := notifier(env.Get("NOTIFY_SOCKET"))
	notify.send(ctx, log, "READY=1")
	defer context.AfterFunc(ctx, func() { notify.send(context.WithoutCancel(ctx), log, "STOPPING=1") })()
	return s.Run(ctx, listener)
}

// A serving says where the service is, as --json prints it.
type serving struct {
	URL            string `json:"url"`                      // as browsers see it
	Address        string `json:"address"`                  // where it listens
	MetricsAddress string `json:"metricsAddress,omitempty"` // where it shows metrics; "": nowhere
}

func newServing(url string, listener, metrics net.Listener) serving {
	s := serving{URL: url, Address: listener.Addr().String()}
	if metrics != nil {
		s.MetricsAddress = metrics.Addr().String()
	}
	return s
}

// metricsAddress returns where to show the metrics: "" for nowhere.
func (c *Serve) metricsAddress() (string, error) {
	address := config.Unquote(c.MetricsListen)
	if address == "" {
		return "", nil
	}
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", exit.Usage.With("--metrics-listen %s: write HOST:PORT, such as 127.0.0.1:9464.", config.Describe(address))
	}
	return net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port), nil
}

// listen takes connections at the address that the flag says.
func listen(ctx context.Context, address, flag string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, exit.Port.With("%s is in use: stop the program that listens there, or give another %s.", address, flag)
	}
	if err != nil {
		return nil, exit.Port.With("%w", err)
	}
	return l, nil
}
