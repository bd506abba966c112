package grant

import (
	"context"
	"errors"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// A SpentReader reads at the sender's resource server what was paid under a grant.
// [opclient.Client] is one.
type SpentReader interface {
	SpentAmounts(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret) (*opclient.SpentAmounts, error)
}

// Claim accepts the one-time code of the grant, and returns the grant. It may be
// called again, with the same code or without. See rule 9 in ARCHITECTURE.md.
func (s *Service) Claim(ctx context.Context, owner, id, code string) (*Resource, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	it, err := s.getOwned(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	if it, err = s.usable(ctx, it, code); err != nil {
		return nil, err
	}
	return it.resource(s.now()), nil
}

// Spent returns what the wallet says is spent of the grant's limits, in the current
// interval if it has one. The grant must have been claimed.
func (s *Service) Spent(ctx context.Context, owner, id string) (*opclient.SpentAmounts, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	it, err := s.getOwned(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	if it.ProveSubject {
		return nil, Invalid("", "A grant that proves a wallet address has no limits.")
	}
	refused := ""
	for {
		it, err = s.withToken(ctx, it, refused, func(it *Item) (*Item, error) { return s.usable(ctx, it, "") })
		if err != nil {
			return nil, err
		}
		spent, err := s.spent(ctx, it)
		switch {
		case err == nil:
			return spent, nil
		case refused == "" && errors.Is(err, opclient.ErrInactiveToken):
			refused = it.Token
		default:
			return nil, WalletError(err, "question what is spent")
		}
	}
}

func (s *Service) spent(ctx context.Context, it *Item) (*opclient.SpentAmounts, error) {
	if s.Spending == nil {
		return nil, errors.New("grant: Service.Spending is nil")
	}
	wallet := &opclient.WalletAddress{ID: it.WalletAddress, ResourceServer: it.ResourceServer}
	return Within(ctx, func() (*opclient.SpentAmounts, error) {
		return s.Spending.SpentAmounts(ctx, wallet, opclient.Secret(it.Token))
	})
}
