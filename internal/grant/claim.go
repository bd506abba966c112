package grant

import (
	"context"
	"errors"

	"github.com/opgrants/opgrants/pkg/opclient"
)

var errNotBuilt = errors.New("grant: not built yet")

// A SpentReader reads at the sender's resource server what was paid under a grant.
// [opclient.Client] is one.
type SpentReader interface {
	SpentAmounts(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret) (*opclient.SpentAmounts, error)
}

// Claim accepts the one-time code of the grant, and returns the grant. It may be
// called again with the same code.
func (s *Service) Claim(ctx context.Context, owner, id, code string) (*Resource, error) {
	return nil, errNotBuilt
}

// Spent returns what the wallet says is spent of the grant's limits, in the current
// interval if it has one. The grant must have been claimed.
func (s *Service) Spent(ctx context.Context, owner, id string) (*opclient.SpentAmounts, error) {
	return nil, errNotBuilt
}
