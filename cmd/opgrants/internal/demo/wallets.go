package demo

import (
	"github.com/opgrants/opgrants/cmd/opgrants/internal/demo/shop"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

const (
	shopWallet = "shop" // the name of the wallet address
	shopKeyID  = "shop-key-1"
)

// wallets are the wallet addresses of the sandbox.
type wallets struct{ customer, shop string }

// openWallets adds the wallets of Alice and of the shop. keys are the public keys of a
// service that runs elsewhere. Without any, it returns the private key of a new one, in
// PEM, for the service that the demonstration starts.
func openWallets(s *sandbox.Server, keys []sandbox.JWK) (w wallets, private opclient.Secret, err error) {
	if keys == nil {
		public, text, err := identity.NewKeyPair()
		if err != nil {
			return w, "", err
		}
		private, keys = opclient.Secret(text), []sandbox.JWK{sandbox.NewJWK(shopKeyID, public)}
	}
	if w.customer, err = s.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"}); err != nil {
		return w, "", err
	}
	w.shop, err = s.AddWallet(sandbox.Wallet{Name: shopWallet, PublicName: shop.Name, Keys: keys})
	return w, private, err
}
