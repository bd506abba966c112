package service

import (
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/signingkey"
)

// newPayments returns the payments of the grants, and lets the grants use them.
func newPayments(c *config.Serve, o Options, items *watched[payment.Item], grants *grant.Service, client *signingkey.Client) *payment.Service {
	payments := &payment.Service{
		Store:         items,
		Lists:         items,
		Grants:        grants,
		Wallet:        client,
		WalletAddress: c.WalletAddress,
		Payees:        c.Payees,
		Log:           o.Log,
		Now:           o.Now,
	}
	grants.Checkouts, grants.Spending = payments, client
	return payments
}
