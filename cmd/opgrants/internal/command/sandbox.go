package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// Sandbox is `opgrants sandbox`.
type Sandbox struct {
	Listen    string        `name:"listen" default:"127.0.0.1:3388" placeholder:"HOST:PORT" help:"Address to listen on, of this machine. Default: ${default}; with port 0, a free port."`
	PublicURL string        `name:"public-url" placeholder:"URL" help:"What clients call the wallet that know this machine by another name, such as http://host.docker.internal:3388 in containers. Consent links keep the address of --listen."`
	Wait      time.Duration `name:"wait" default:"5s" placeholder:"5s" help:"How long a client must wait before it continues a grant. Default: ${default}."`
	TokenLife time.Duration `name:"token-life" default:"10m" placeholder:"10m" help:"How long an access token lives. Default: ${default}."`
}

// Help is the long text of --help.
func (*Sandbox) Help() string {
	return `Runs a wallet server with the wallets of a user and a client, and prints the environment variables for "opgrants request".
No real money moves. At the end everything is deleted, the client's key too. Each request is logged on stderr, with the
reason if it was refused.`
}

// Run serves until ctx is done.
func (c *Sandbox) Run(ctx context.Context, term *cli.Terminal) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	config := sandbox.Config{Addr: c.Listen, Wait: positive(c.Wait), TokenLife: c.TokenLife, Log: slog.New(slog.NewTextHandler(term.Err, nil))}
	if c.PublicURL != "" {
		config.PublicURL, config.ConsentURL = c.PublicURL, "http://"+c.Listen
	}
	server, err := sandbox.Start(config)
	if errors.Is(err, syscall.EADDRINUSE) {
		return exit.Port.With("%s is in use: stop the program that listens there, or give another --listen.", c.Listen)
	}
	if err != nil {
		return exit.Port.With("%w", err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	pair, err := identity.OpenSandboxWallets(server, "client", "Client of the sandbox", nil)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "opgrants-sandbox-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := printUse(term, pair, dir); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// check refuses addresses beyond this machine: the consent page asks for no password.
func (c *Sandbox) check() error {
	host, port, err := net.SplitHostPort(c.Listen)
	ip := net.ParseIP(host)
	switch {
	case err != nil:
		return exit.Usage.With("--listen %s: write HOST:PORT, such as 127.0.0.1:3388.", config.Describe(c.Listen))
	case !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback()):
		return exit.Usage.With("--listen %s: the sandbox asks for no password, and listens on this machine only.", config.Describe(c.Listen))
	case c.PublicURL != "" && port == "0":
		return exit.Usage.With("--public-url: give --listen a port too.")
	case c.TokenLife <= 0:
		return exit.Usage.With("--token-life must be more than 0.")
	}
	return nil
}

// positive returns wait as [sandbox.Config] has it, where 0 is the default.
func positive(wait time.Duration) time.Duration {
	if wait <= 0 {
		return -1
	}
	return wait
}

// printUse writes the key and the environment into dir, and prints how to use them.
func printUse(term *cli.Terminal, p *identity.SandboxWallets, dir string) error {
	key, file := filepath.Join(dir, "key.pem"), filepath.Join(dir, "env")
	env := fmt.Sprintf("export WALLET_ADDRESS=%s\nexport KEY_ID=%s\nexport PRIVATE_KEY_PATH='%s'\nexport INSECURE_ALLOW_LOCAL=true\n",
		p.Client, p.KeyID, key)
	if err := os.WriteFile(key, p.Key, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(env), 0o600); err != nil {
		return err
	}
	if _, err := fmt.Fprint(term.Out, env); err != nil {
		return err
	}
	term.Say("\nThe wallet listens until Ctrl-C. In another terminal:\n  opgrants pay --env-file '%s' --wallet %s --to %s --receive 130\n  opgrants request --env-file '%s' --wallet %s --debit 130\n",
		file, p.User, p.Client, file, p.User)
	return nil
}
