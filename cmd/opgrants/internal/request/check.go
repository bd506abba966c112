package request

import (
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// check refuses what cannot work before anything is sent.
func (c *Command) check() error {
	switch {
	case c.ClientWallet == "":
		return exit.Usage.With("--client-wallet or WALLET_ADDRESS is missing: the wallet address of the client.")
	case c.KeyID == "":
		return exit.Usage.With("--key-id or KEY_ID is missing: the id (kid) of the key in the client's JWKS.")
	case c.Debit != "" && c.Receive != "":
		return exit.Usage.With("--debit and --receive exclude each other: give the amount that leaves the wallet or the one that arrives.")
	case c.Receive != "" && c.Asset == "":
		return exit.Usage.With("--receive needs --asset, such as --asset USD/2: only the receiver knows its asset.")
	case c.Asset != "" && c.Debit == "" && c.Receive == "":
		return exit.Usage.With("--asset needs --debit or --receive.")
	case c.Interval != "" && c.Debit == "" && c.Receive == "":
		return exit.Usage.With("--interval needs --debit or --receive: it repeats an amount.")
	case c.Paste && c.NoWait, c.Paste && c.Listen != "", c.NoWait && c.Listen != "":
		return exit.Usage.With("--paste, --listen and --no-wait exclude each other.")
	case c.Timeout <= 0:
		return exit.Usage.With("--timeout must be more than nothing.")
	case strings.ContainsAny(c.Nonce, "\r\n"):
		return exit.Usage.With("The nonce must be one line.")
	}
	if c.Wallet == "" {
		c.Wallet = c.ClientWallet
	}
	if c.Interval != "" {
		if _, err := opclient.ParseInterval(c.Interval); err != nil {
			return exit.Usage.With("--interval %s: %s", c.Interval, reason(err))
		}
	}
	if c.Asset != "" { // what is wrong with the amount can be told at once
		_, err := c.limits(nil)
		return err
	}
	return nil
}

// limits of the grant; nil when nothing is limited. The sender knows the asset
// of what is debited; without it, --asset is believed.
func (c *Command) limits(sender *opclient.WalletAddress) (*opclient.Limits, error) {
	var given asset
	var err error
	if c.Asset != "" {
		if given, err = parseAsset(c.Asset); err != nil {
			return nil, err
		}
	}
	l := &opclient.Limits{Receiver: c.Receiver, Interval: c.Interval}
	if c.Receive != "" {
		l.ReceiveAmount, err = given.amount("--receive", c.Receive)
	}
	if c.Debit != "" {
		if sender != nil {
			own := asset{sender.AssetCode, sender.AssetScale}
			if c.Asset != "" && own != given {
				return nil, exit.Usage.With("--asset %s: the wallet %s has %s. Leave --asset out.", given, sender.ID, own)
			}
			given = own
		}
		l.DebitAmount, err = given.amount("--debit", c.Debit)
	}
	if err != nil {
		return nil, err
	}
	if *l == (opclient.Limits{}) {
		return nil, nil
	}
	return l, nil
}

// finishURL is --finish, and where to listen for it; "" when nobody listens.
func (c *Command) finishURL() (finish *url.URL, listen string, err error) {
	u, err := url.Parse(c.Finish)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Fragment != "" {
		return nil, "", exit.Usage.With("--finish %s: write an absolute http or https URL without a fragment.", c.Finish)
	}
	switch {
	case c.Paste || c.NoWait:
		return u, "", nil
	case c.Listen != "":
		if _, _, err := net.SplitHostPort(c.Listen); err != nil {
			return nil, "", exit.Usage.With("--listen %s: write HOST:PORT, such as 127.0.0.1:3344.", c.Listen)
		}
		return u, c.Listen, nil
	case u.Scheme != "http" || !isLoopback(u.Hostname()):
		return nil, "", exit.Usage.With("--finish %s: the command can listen only at http on this machine. "+
			"Say with --listen where a tunnel leads to, or read the final URL with --paste.", c.Finish)
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	return u, net.JoinHostPort(u.Hostname(), port), nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// reason is what is wrong, without a field that the user did not name.
func reason(err error) string {
	var invalid *opclient.InvalidError
	if errors.As(err, &invalid) {
		return invalid.Reason
	}
	return err.Error()
}
