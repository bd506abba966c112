package command

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// Checkout is `opgrants checkout`.
type Checkout struct {
	Service string `name:"service" default:"http://127.0.0.1:8080" placeholder:"URL" group:"who" help:"URL of the service that runs. Default: ${default}."`

	Wallet      string `name:"wallet" placeholder:"URL" group:"what" help:"Wallet address that pays."`
	To          string `name:"to" placeholder:"URL" group:"what" help:"Wallet address that is paid. Default: the service's own."`
	Debit       string `name:"debit" placeholder:"130" group:"what" help:"Amount that leaves the paying wallet, in its minor units: 130 is 1.30 USD."`
	Receive     string `name:"receive" placeholder:"130" group:"what" help:"Amount that arrives, in minor units of the wallet that is paid."`
	MaxDebit    string `name:"max-debit" placeholder:"135" group:"what" help:"Most that the user is asked to allow, in case the price changes."`
	Description string `name:"description" placeholder:"TEXT" group:"what" help:"For the wallets' own records."`
	Reference   string `name:"reference" placeholder:"TEXT" group:"what" help:"Your own name for the grant."`

	ServiceFlags `embed:""`
	Return       consent.Flags   `embed:""`
	EnvFile      cli.EnvFiles    `name:"env-file" sep:"none" placeholder:"FILE" group:"how" help:"Read variables from this file too."`
	Trace        bool            `name:"trace" group:"how" help:"Show every request and answer on stderr, secrets masked."`
	Output       cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Checkout) Help() string {
	return `Takes one payment through a service that runs, as an app does: it starts a checkout, prints where the user consents,
waits until the browser comes back, makes the payment, and follows it until it is decided. It needs no key: the service
signs. The service must allow the URL of --finish: opgrants serve --return-urls http://localhost

For example, from the sandbox's user to the service's own wallet:

    opgrants checkout --wallet http://127.0.0.1:3388/alice --receive 130

On stdout it prints these lines and nothing else:

    IDEMPOTENCY_KEY = …
    GRANT_ID = …
    Please interact at the following URL: …
    PAYMENT_ID = …
    PAYMENT_STATUS = completed

If the command is interrupted, or cannot find out what happened, it prints the command that goes on. That has the same
Idempotency-Key, and so it cannot pay twice.` + exitCodes(serviceCodes(exit.Port, exit.UserRefused, exit.WrongHash, exit.TimedOut, exit.Left, exit.NotInteractive)...)
}

// serviceCodes are the exit codes of every command that pays through a service, and more.
func serviceCodes(more ...exit.Code) []exit.Code {
	return slices.Concat(more, []exit.Code{exit.OK, exit.Internal, exit.Usage, exit.Key, exit.UnknownWallet, exit.KeyRefused, exit.WalletRefused,
		exit.WalletFailed, exit.PaymentUnknown, exit.PaymentFailed, exit.NotRunning, exit.Interrupted})
}

// Run takes the payment.
func (c *Checkout) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	out := c.Output.To(term)
	return out.End(cli.Interrupted(ctx, c.run(ctx, term, env, out)))
}

func (c *Checkout) check() error {
	if err := c.ServiceFlags.check(c.Service); err != nil {
		return err
	}
	if err := c.Return.Check(); err != nil {
		return err
	}
	switch {
	case c.Wallet == "":
		return exit.Usage.With("--wallet is missing: the wallet address that pays.")
	case (c.Debit == "") == (c.Receive == ""):
		return exit.Usage.With("Give --debit, the amount that leaves the paying wallet, or --receive, the one that arrives.")
	}
	return nil
}

func (c *Checkout) run(ctx context.Context, term *cli.Terminal, env *cli.Environment, out *cli.Output) error {
	if err := c.check(); err != nil {
		return err
	}
	request, err := c.request()
	if err != nil {
		return err
	}
	client, err := c.open(c.Service, c.Trace, term, env)
	if err != nil {
		return err
	}
	back, err := c.Return.Open(true)
	if err != nil {
		return err
	}
	defer back.Close()
	if c.Key == "" {
		c.Key = rand.Text()
	}
	s := &checkoutSteps{getenv: env.Process, back: back, request: request, paste: c.Return.Paste, serviceSteps: &serviceSteps{
		term: term, out: out, client: client, service: c.Service, key: c.Key, follow: c.Follow, to: c.To, returnTo: back.URL.String(),
		command: "opgrants checkout", again: c.commandLine(back),
	}}
	return s.run(ctx)
}

// commandLine is the command that goes on with this checkout.
func (c *Checkout) commandLine(back *consent.Return) string {
	l := newCommandLine("checkout")
	l.add("--service", c.Service)
	l.add("--wallet", c.Wallet)
	l.add("--to", c.To)
	l.add("--debit", c.Debit)
	l.add("--receive", c.Receive)
	l.add("--max-debit", c.MaxDebit)
	l.add("--description", c.Description)
	l.add("--reference", c.Reference)
	l.add("--finish", back.URL.String())
	l.add("--listen", c.Return.Listen)
	l.add("--token-file", c.TokenFile)
	for _, file := range c.EnvFile {
		l.add("--env-file", file)
	}
	if c.Return.Paste {
		l.text.WriteString(" --paste")
	}
	l.add("--idempotency-key", c.Key)
	return l.String()
}
