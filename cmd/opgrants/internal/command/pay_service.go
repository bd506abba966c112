package command

import (
	"context"
	"crypto/rand"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
)

// checkService refuses flags that make no sense beside --service.
func (c *Pay) checkService() error {
	if err := c.ServiceFlags.check(c.Service); err != nil {
		return err
	}
	switch {
	case c.Grant == "":
		return exit.Usage.With("--grant is missing: the id of a grant that the user has given. To ask for one payment, use `opgrants checkout`.")
	case c.Quote != "" || c.Wallet != "":
		return exit.Usage.With("--quote and --wallet cannot be used together with --service: the grant has the wallet.")
	case c.Debit != "" && c.Receive != "":
		return exit.Usage.With("--debit and --receive cannot be used together: give the amount that leaves the paying wallet or the one that arrives.")
	}
	return nil
}

// payByService makes a payment from a grant that a running service has.
func (c *Pay) payByService(ctx context.Context, term *cli.Terminal, env *cli.Environment, out *cli.Output) error {
	if err := c.checkService(); err != nil {
		return err
	}
	r := serviceapi.PaymentRequest{To: c.To, Description: c.Description, Code: c.Code}
	var err error
	if r.DebitAmount, err = amountOf("--debit", c.Debit); err != nil {
		return err
	}
	if r.ReceiveAmount, err = amountOf("--receive", c.Receive); err != nil {
		return err
	}
	if c.Asset != "" && r.ReceiveAmount != nil {
		asset, err := cli.ParseAsset(c.Asset)
		if err != nil {
			return err
		}
		r.ReceiveAmount.AssetCode, r.ReceiveAmount.AssetScale = asset.Code, &asset.Scale
	}
	client, err := c.ServiceFlags.open(c.Service, c.Client.Trace, term, env)
	if err != nil {
		return err
	}
	if c.Key == "" {
		c.Key = rand.Text()
	}
	if err := out.IdempotencyKey(c.Key); err != nil {
		return err
	}
	s := &serviceSteps{term: term, out: out, client: client, service: c.Service, key: c.Key, follow: c.Follow, to: c.To,
		command: "opgrants pay", again: c.commandLine()}
	return s.pay(ctx, c.Grant, r)
}

// commandLine is the command that goes on with this payment. The code is left out: it is
// used, or is in the browser's address bar.
func (c *Pay) commandLine() string {
	l := newCommandLine("pay")
	l.add("--service", c.Service)
	l.add("--grant", c.Grant)
	l.add("--to", c.To)
	l.add("--debit", c.Debit)
	l.add("--receive", c.Receive)
	l.add("--asset", c.Asset)
	l.add("--description", c.Description)
	l.add("--token-file", c.TokenFile)
	for _, file := range c.Client.EnvFile {
		l.add("--env-file", file)
	}
	l.add("--idempotency-key", c.Key)
	return l.String()
}
