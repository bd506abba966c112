package command

import (
	"context"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
)

// Pay is `opgrants pay`.
type Pay struct {
	To      string `name:"to" placeholder:"URL" group:"what" help:"Wallet address that is paid."`
	Debit   string `name:"debit" placeholder:"130" group:"what" help:"Amount that leaves the paying wallet, in its minor units: 130 is 1.30 USD."`
	Receive string `name:"receive" placeholder:"130" group:"what" help:"Amount that arrives, in minor units of the wallet that is paid."`
	Wallet  string `name:"wallet" placeholder:"URL" group:"what" help:"Wallet address that pays. Default: the client's."`
	Quote   string `name:"quote" placeholder:"URL" group:"what" help:"Continue an earlier run: pay from its QUOTE_URL, with its token in $ACCESS_TOKEN. This cannot pay twice."`

	Service     string `name:"service" placeholder:"URL" group:"who" help:"Pay through the service that runs there, from a grant that it has. No key is needed."`
	Grant       string `name:"grant" placeholder:"ID" group:"what" help:"With --service: the id of the grant."`
	Code        string `name:"code" placeholder:"CODE" group:"what" help:"With --service: the one-time code that the browser came back with. Needed the first time."`
	Asset       string `name:"asset" placeholder:"USD/2" group:"what" help:"With --service: asset and scale of --receive, if --to is an incoming payment."`
	Description string `name:"description" placeholder:"TEXT" group:"what" help:"With --service: for the wallets' own records."`

	ServiceFlags `embed:""`
	Client       identity.Flags  `embed:""`
	Return       consent.Flags   `embed:""`
	Output       cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Pay) Help() string {
	return `Makes one payment, and shows each step on stderr: it creates an incoming payment at the wallet that is paid and a quote
at the paying wallet, asks the paying user for consent to this payment alone, pays from the quote, and waits until the
incoming payment has received the amount. On stdout it prints these lines and nothing else:

    INCOMING_PAYMENT_URL = …
    QUOTE_URL = …
    Please interact at the following URL: …
    CONTINUE_ACCESS_TOKEN = …
    CONTINUE_URI = …
    ACCESS_TOKEN = …
    MANAGE_URL = …
    OUTGOING_PAYMENT_URL = …

The exit code is 0 only if the receiver has received the whole amount. A wallet pays once from a quote. If no answer to
the payment comes, the command looks whether it was made, and if not it tries again from the same quote. If the outcome
is still unknown, or the command was interrupted, run it with --quote: a new payment could pay a second time.

With --service it needs no key. It makes a payment from a grant that a service has, and follows it until it is decided:

    opgrants pay --service http://127.0.0.1:8080 --grant=ID --to https://wallet.example/shop --receive 130

Then it prints IDEMPOTENCY_KEY, PAYMENT_ID and PAYMENT_STATUS. If it is interrupted, it prints the command that goes on. That
has the same Idempotency-Key, and so it cannot pay twice.` + exitCodes(append(append(signedCodes, consentCodes...), exit.PaymentUnknown, exit.PaymentFailed, exit.NotRunning)...)
}

// Run pays.
func (c *Pay) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	if c.Service != "" {
		out := c.Output.To(term)
		return out.End(cli.Interrupted(ctx, c.payByService(ctx, term, env, out)))
	}
	return runSigned(ctx, term, c.Output, &c.Client, func(out *cli.Output) error { return c.pay(ctx, term, env, out) })
}

func (c *Pay) check() error {
	if err := c.Client.Check(); err != nil {
		return err
	}
	if err := c.Return.Check(); err != nil {
		return err
	}
	if c.Wallet == "" {
		c.Wallet = c.Client.ClientWallet
	}
	switch {
	case c.Grant != "" || c.Code != "" || c.Asset != "" || c.Description != "" || c.Key != "" || c.TokenFile != "":
		return exit.Usage.With("--grant, --code, --asset, --description, --idempotency-key and --token-file go with --service.")
	case c.Quote != "" && (c.To != "" || c.Debit != "" || c.Receive != ""):
		return exit.Usage.With("--quote has the receiver and the amount: leave out --to, --debit and --receive.")
	case c.Quote != "":
		return nil
	case c.To == "":
		return exit.Usage.With("--to is missing: the wallet address that is paid.")
	case (c.Debit == "") == (c.Receive == ""):
		return exit.Usage.With("Give --debit, the amount that leaves the paying wallet, or --receive, the one that arrives.")
	}
	return nil
}

func (c *Pay) pay(ctx context.Context, term *cli.Terminal, env *cli.Environment, out *cli.Output) error {
	if err := c.check(); err != nil {
		return err
	}
	client, err := c.Client.Open(term, env)
	if err != nil {
		return err
	}
	s := &paySteps{Pay: c, term: term, out: out, client: client}
	if c.Quote != "" {
		return s.resume(ctx, env.Get("ACCESS_TOKEN"))
	}
	return s.run(ctx)
}
