package command

import (
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/control"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A namedWallet is a wallet that does what its name says. docs/sandbox.md says step by
// step what a client sees.
type namedWallet struct {
	wallet   sandbox.Wallet
	behavior *sandbox.Behavior // of its payments; nil: they go well
	does     string
}

// namedWallets are those of every sandbox, besides alice and client.
var namedWallets = []namedWallet{
	{sandbox.Wallet{Name: "approves", PublicName: "Approves", Consent: sandbox.Approves}, nil,
		"approves at once: opening the link leads back to the app"},
	{sandbox.Wallet{Name: "refuses", PublicName: "Refuses", Consent: sandbox.Refuses}, nil,
		"refuses at once"},
	{sandbox.Wallet{Name: "leaves", PublicName: "Leaves", Consent: sandbox.Leaves}, nil,
		"leaves the page without choosing"},
	{sandbox.Wallet{Name: "slow", PublicName: "Slow", Consent: sandbox.Approves}, &sandbox.Behavior{Kind: sandbox.Slow, Delay: 3 * time.Second},
		"approves; a payment sends in ten steps over 3 s"},
	{sandbox.Wallet{Name: "revokes", PublicName: "Revokes", Consent: sandbox.Revokes}, nil,
		"approves, and takes the consent back once the client has its token"},
	{sandbox.Wallet{Name: "broke", PublicName: "Broke", Consent: sandbox.Approves, Balance: -1}, nil,
		"approves, and has no money: each payment fails"},
	{sandbox.Wallet{Name: "fee", PublicName: "Fee", Consent: sandbox.Approves},
		&sandbox.Behavior{Kind: sandbox.WithFee, Fee: sandbox.Fee{Fixed: 100, BasisPoints: 200}},
		"approves; a payment costs 1.00 and two percent more than arrives"},
	{sandbox.Wallet{Name: "nonsense", PublicName: "Nonsense", Consent: sandbox.Nonsense}, nil,
		"answers the grant request with a web page"},
}

// wantedNames returns the paths of the named wallets.
func wantedNames() (names []string) {
	for _, n := range namedWallets {
		names = append(names, "/"+n.wallet.Name)
	}
	return names
}

// openNamedWallets adds the named wallets to a sandbox that has alice.
func openNamedWallets(s *sandbox.Server) ([]control.Named, error) {
	all := []control.Named{{WalletAddress: s.URL() + "/alice", Does: "shows a page that asks: a person or a test decides"}}
	for _, n := range namedWallets {
		address, err := s.AddWallet(n.wallet)
		if err != nil {
			return nil, err
		}
		if n.behavior != nil {
			if err := s.Behave(address, *n.behavior); err != nil {
				return nil, err
			}
		}
		all = append(all, control.Named{WalletAddress: address, Does: n.does})
	}
	return all, nil
}
