package command

import (
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// check refuses flags that cannot work, before anything is sent.
func (c *Request) check() error {
	if err := c.Client.Check(); err != nil {
		return err
	}
	if err := c.Return.Check(); err != nil {
		return err
	}
	switch {
	case c.Debit != "" && c.Receive != "":
		return exit.Usage.With("--debit and --receive cannot be used together: give the amount that leaves the wallet or the one that arrives.")
	case c.Receive != "" && c.Asset == "":
		return exit.Usage.With("--receive needs --asset, such as --asset USD/2: only the receiver knows its asset.")
	case c.Asset != "" && c.Debit == "" && c.Receive == "":
		return exit.Usage.With("--asset needs --debit or --receive.")
	case c.Interval != "" && c.Debit == "" && c.Receive == "":
		return exit.Usage.With("--interval needs --debit or --receive: it repeats an amount.")
	case c.NoWait && (c.Return.Paste || c.Return.Listen != ""):
		return exit.Usage.With("--no-wait cannot be used together with --paste or --listen.")
	case strings.ContainsAny(c.Nonce, "\r\n"):
		return exit.Usage.With("The nonce must be one line.")
	}
	if c.Wallet == "" {
		c.Wallet = c.Client.ClientWallet
	}
	if c.Interval != "" {
		if err := (opclient.Limits{Interval: c.Interval}).Check(); err != nil {
			return exit.Usage.With("--interval %s: %s", config.Describe(c.Interval), cli.Reason(err))
		}
	}
	if c.Asset != "" { // the amount can be checked at once
		_, err := c.limits(nil)
		return err
	}
	return nil
}

// limits returns the limits of the grant, or nil if there are none. A debit amount is
// in the sender's asset; if sender is nil, in that of --asset.
func (c *Request) limits(sender *opclient.WalletAddress) (*opclient.Limits, error) {
	var given cli.Asset
	var err error
	if c.Asset != "" {
		if given, err = cli.ParseAsset(c.Asset); err != nil {
			return nil, err
		}
	}
	l := &opclient.Limits{Receiver: c.Receiver, Interval: c.Interval}
	if c.Receive != "" {
		l.ReceiveAmount, err = given.Amount("--receive", c.Receive)
	}
	if c.Debit != "" {
		if sender != nil {
			own := cli.AssetOf(sender)
			if c.Asset != "" && own != given {
				return nil, exit.Usage.With("--asset %s: the wallet %s has %s. Leave --asset out.", given, sender.ID, own)
			}
			given = own
		}
		l.DebitAmount, err = given.Amount("--debit", c.Debit)
	}
	if err != nil {
		return nil, err
	}
	if l.Receiver == "" && l.DebitAmount == nil && l.ReceiveAmount == nil && l.Interval == "" {
		return nil, nil
	}
	return l, nil
}
