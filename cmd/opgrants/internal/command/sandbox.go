package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/control"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// Sandbox is `opgrants sandbox`.
type Sandbox struct {
	Listen        string        `name:"listen" default:"127.0.0.1:3388" placeholder:"HOST:PORT" help:"Address to listen on, of this machine. Default: ${default}; with port 0, a free port."`
	PublicURL     string        `name:"public-url" placeholder:"URL" help:"What clients call the wallet that know this machine by another name, such as http://host.docker.internal:3388 in containers. Consent links keep the address of --listen."`
	Dir           string        `name:"dir" placeholder:"DIR" help:"Folder for the client's key, the environment file and the certificate. They are kept, and used again at the next start. Default: a new folder that is removed at the end."`
	HTTPS         bool          `name:"https" help:"Serve https, with a certificate of its own. Writes ca.pem, and says how to trust it."`
	Wait          time.Duration `name:"wait" default:"5s" placeholder:"5s" help:"How long a client must wait before it continues a grant. Default: ${default}."`
	TokenLife     time.Duration `name:"token-life" default:"10m" placeholder:"10m" help:"How long an access token lives. Default: ${default}."`
	Hostile       bool          `name:"hostile" help:"Let calls go wrong at random: lost answers, 429, slow answers, tokens that live a few seconds."`
	Seed          uint64        `name:"seed" placeholder:"N" help:"With --hostile: the same seed and the same requests give the same faults. Default: a random one, which is printed."`
	Expose        bool          `name:"expose" help:"Allow --listen beyond this machine. Whoever reaches the wallet can consent for its users."`
	Check         bool          `name:"check" help:"Ask the sandbox that runs at --listen whether it answers, and end. For health checks of containers."`
	JSON          bool          `name:"json" help:"Print one JSON object at the start instead, once the sandbox listens: its URLs, its client, its wallets and the variables."`
	ExposeControl bool          `name:"expose-control" help:"Let other machines use the control API too."`
}

// Help is the long text of --help.
func (*Sandbox) Help() string {
	return `Runs a wallet server to test apps against, in any language. Its wallets do what their names say: /alice asks her user, and
` + strings.Join(wantedNames(), ", ") + ` need nobody. It has a client with a key too, and prints the environment variables
for "opgrants serve", "request" and "pay". No real money moves. Each request is logged on stderr, with the reason if it was
refused. Tests control it over HTTP, at ` + control.Path + `. See docs/sandbox.md.`
}

// Run serves until ctx is done.
func (c *Sandbox) Run(ctx context.Context, term *cli.Terminal) error {
	out := cli.OutputFlags{JSON: c.JSON}.To(term)
	return out.End(c.run(ctx, term, out))
}

func (c *Sandbox) run(ctx context.Context, term *cli.Terminal, out *cli.Output) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	if c.Check {
		return c.ask(ctx)
	}
	files, err := openSandboxFiles(c.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.close()) }()
	listener, err := net.Listen("tcp", c.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return exit.Port.With("%s is in use: stop the program that listens there, or give another --listen.", c.Listen)
	}
	if err != nil {
		return exit.Port.With("%w", err)
	}
	defer func() { _ = listener.Close() }()
	w, err := c.open(term, files, listener)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.handler.Close()) }()
	if err := w.print(term, out); err != nil {
		return err
	}
	return w.serve(ctx, listener)
}

// ask reports whether a program listens where the sandbox would.
func (c *Sandbox) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.Listen)
	if err != nil {
		return exit.NotRunning.With("No sandbox listens at %s: %w. Start one with `opgrants sandbox`.", c.Listen, err)
	}
	return conn.Close()
}

// check refuses addresses beyond this machine: the consent page asks for no password.
func (c *Sandbox) check() error {
	_, port, err := net.SplitHostPort(c.Listen)
	switch {
	case err != nil:
		return exit.Usage.With("--listen %s: write HOST:PORT, such as 127.0.0.1:3388.", config.Describe(c.Listen))
	case !c.Expose && !c.listensHere():
		return exit.Usage.With("--listen %s: the sandbox asks for no password, and listens on this machine only. In a container add --expose.", config.Describe(c.Listen))
	case c.PublicURL != "" && port == "0":
		return exit.Usage.With("--public-url: give --listen a port too.")
	case c.TokenLife <= 0:
		return exit.Usage.With("--token-life must be more than 0.")
	case c.Seed != 0 && !c.Hostile:
		return exit.Usage.With("--seed needs --hostile.")
	}
	if c.Hostile && c.Seed == 0 {
		c.Seed = 1 + rand.Uint64N(1_000_000) // #nosec G404 -- not a secret
	}
	return nil
}

func (c *Sandbox) listensHere() bool {
	host, _, _ := net.SplitHostPort(c.Listen)
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// positive returns wait as [sandbox.Config] has it, where 0 is the default.
func positive(wait time.Duration) time.Duration {
	if wait <= 0 {
		return -1
	}
	return wait
}

// A sandboxPlace is a sandbox that is about to serve.
type sandboxPlace struct {
	command *Sandbox
	url     string
	handler *control.Handler
	files   *sandboxFiles
	secure  *certificate // nil: http
	wallets *identity.SandboxWallets
	named   []control.Named
}

// open makes the sandbox with its wallets.
func (c *Sandbox) open(term *cli.Terminal, files *sandboxFiles, listener net.Listener) (*sandboxPlace, error) {
	p := &sandboxPlace{command: c, files: files}
	local := "http://" + browserHost(listener.Addr())
	if c.HTTPS {
		local = "https" + strings.TrimPrefix(local, "http")
	}
	p.url = cmp.Or(c.PublicURL, local)
	var err error
	if c.HTTPS {
		if p.secure, err = openCertificate(files, listener.Addr().String(), p.url); err != nil {
			return nil, err
		}
	}
	journal := control.NewJournal(slog.NewTextHandler(term.Err, nil))
	settings := sandbox.Config{PublicURL: p.url, ConsentURL: local, Wait: positive(c.Wait), TokenLife: c.TokenLife, Rates: startRates, Log: slog.New(journal)}
	if c.Hostile {
		settings.Hostile = c.Seed
	}
	server, wallets, named, err := openServer(settings, files.key)
	if err != nil {
		return nil, err
	}
	p.wallets, p.named = wallets, named
	p.handler = control.New(control.Config{Sandbox: server, Journal: journal, Wallets: named, Exposed: c.ExposeControl, Env: p.inlineEnv(),
		Open: func() (*sandbox.Server, error) {
			again, _, _, err := openServer(settings, files.key)
			return again, err
		},
		Client: control.Client{WalletAddress: wallets.Client, KeyID: wallets.KeyID, PrivateKey: string(files.key)}})
	return p, nil
}

// openServer returns a sandbox with its wallets. They are the same each time.
func openServer(c sandbox.Config, key []byte) (*sandbox.Server, *identity.SandboxWallets, []control.Named, error) {
	s, err := sandbox.New(c)
	if err != nil {
		return nil, nil, nil, exit.Usage.With("--public-url: %s.", strings.TrimPrefix(err.Error(), "sandbox: "))
	}
	wallets, err := identity.OpenSandboxWallets(s, "client", "Client of the sandbox", key)
	if err != nil {
		return nil, nil, nil, err
	}
	named, err := openNamedWallets(s)
	return s, wallets, named, err
}

// startRates are the rates until a test sets others.
var startRates = map[string]float64{"USD": 1, "EUR": 1.1, "GBP": 1.3, "MXN": 0.05, "ZAR": 0.055}

// browserHost returns host and port by which a browser on this machine reaches addr.
func browserHost(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr.String()
}

// serve answers requests until ctx is done.
func (p *sandboxPlace) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: p.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if p.secure != nil {
		listener = p.secure.listen(listener)
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
