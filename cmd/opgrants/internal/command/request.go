package command

import (
	"context"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
)

// Request is `opgrants request`.
type Request struct {
	Wallet   string   `name:"wallet" placeholder:"URL" group:"what" help:"Wallet address that pays. Default: the client's."`
	Debit    string   `name:"debit" placeholder:"130" group:"what" help:"At most this leaves the wallet, in minor units: 130 is 1.30 USD."`
	Receive  string   `name:"receive" placeholder:"130" group:"what" help:"At most this arrives at the receiver, in minor units of --asset."`
	Asset    string   `name:"asset" placeholder:"USD/2" group:"what" help:"Asset and scale of the amount. With --debit the wallet knows it, with --receive it must be given."`
	Receiver string   `name:"receiver" env:"INCOMING_PAYMENT_URL" placeholder:"URL" group:"what" help:"Incoming payment that is to be paid."`
	Interval string   `name:"interval" placeholder:"R/2025-04-22T08:00:00Z/P1D" group:"what" help:"The amount again in each such time (ISO 8601)."`
	Actions  []string `name:"actions" default:"list,list-all,read,read-all,create" placeholder:"LIST" group:"what" help:"What the token shall allow. Default: ${default}."`

	Client identity.Flags `embed:""`
	Return consent.Flags  `embed:""`
	NoWait bool           `name:"no-wait" group:"how" help:"End once the link is printed."`
	Nonce  string         `name:"nonce" env:"NONCE" placeholder:"TEXT" group:"how" help:"The client's nonce of this grant. Default: 32 random bytes, which is better."`

	Output cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Request) Help() string {
	return `Asks the wallet for a grant for outgoing payments, prints where the user consents, waits until the browser comes
back, and prints the access token. On stdout it prints these lines and nothing else:

    Please interact at the following URL: …
    CONTINUE_ACCESS_TOKEN = …
    CONTINUE_URI = …
    ACCESS_TOKEN = …
    MANAGE_URL = …

While it listens, a link with a wrong hash is told on stderr and answered with an error page, and the wait goes on:
anybody can make a browser open such a link, and it must not cost the user the grant. Only when the time is over and
nothing better came, the command ends with the code for a wrong hash. With --paste, a wrong hash ends it at once. That
the user refused cannot be proven (the wallet sends no hash with it); it ends the command.` + exitCodes(append(signedCodes, consentCodes...)...)
}

// Run asks for the grant.
func (c *Request) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	return runSigned(ctx, term, c.Output, &c.Client, func(out *cli.Output) error { return c.ask(ctx, term, env, out) })
}
