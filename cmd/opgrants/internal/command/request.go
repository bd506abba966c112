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
	Debit    string   `name:"debit" placeholder:"130" group:"what" help:"Most that may leave the wallet, in minor units: 130 is 1.30 USD."`
	Receive  string   `name:"receive" placeholder:"130" group:"what" help:"Most that may arrive at the receiver, in minor units of --asset."`
	Asset    string   `name:"asset" placeholder:"USD/2" group:"what" help:"Asset and scale of the amount. Required with --receive; with --debit the wallet knows it."`
	Receiver string   `name:"receiver" env:"INCOMING_PAYMENT_URL" placeholder:"URL" group:"what" help:"The only incoming payment that may be paid."`
	Interval string   `name:"interval" placeholder:"R/2025-04-22T08:00:00Z/P1D" group:"what" help:"The amount is available again in each interval (ISO 8601)."`
	Actions  []string `name:"actions" default:"list,list-all,read,read-all,create" placeholder:"LIST" group:"what" help:"Actions that the token allows. Default: ${default}."`

	Client identity.Flags `embed:""`
	Return consent.Flags  `embed:""`
	NoWait bool           `name:"no-wait" group:"how" help:"End after printing the link."`
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

While it listens, it answers a link with a wrong hash with an error page, says so on stderr and goes on waiting: anybody
can make a browser open such a link, and the user must not lose the grant because of it. If no other link comes in time,
the command ends with the code for a wrong hash. With --paste, a wrong hash ends it at once. A refusal by the user ends
the command, although nothing proves it: the wallet sends no hash with it.` + exitCodes(append(signedCodes, consentCodes...)...)
}

// Run asks for the grant.
func (c *Request) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	return runSigned(ctx, term, c.Output, &c.Client, func(out *cli.Output) error { return c.ask(ctx, term, env, out) })
}
