package service

import (
	"context"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/bolt"
)

// newPayments returns the payments of the grants, and lets the grants use them.
func newPayments(c *config.Serve, o Options, file *watchedStore, grants *grant.Service, client *signingkey.Client) *payment.Service {
	payments := &payment.Service{
		Store:         &watchedPayments{bolt.Of(file.File, store.Payments), file},
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

// watchedPayments are the payments in the file of a watchedStore.
type watchedPayments struct {
	*bolt.Items[payment.Item]
	file *watchedStore
}

// Create is [payment.Store]'s.
func (s *watchedPayments) Create(ctx context.Context, item *payment.Item) error {
	return s.file.watch(s.Items.Create(ctx, item))
}

// Get is [payment.Store]'s.
func (s *watchedPayments) Get(ctx context.Context, id string) (*payment.Item, error) {
	item, err := s.Items.Get(ctx, id)
	return item, s.file.watch(err)
}

// Update is [payment.Store]'s.
func (s *watchedPayments) Update(ctx context.Context, item *payment.Item) error {
	return s.file.watch(s.Items.Update(ctx, item))
}
