// Package wallets opens the two wallets that it takes to try Open Payments: a
// user's, which pays, and a client's, whose key signs.
package wallets

import (
	"github.com/opgrants/opgrants/cmd/opgrants/internal/keypair"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A Pair is the two wallets of a sandbox.
type Pair struct {
	User, Client string // wallet addresses
	KeyID        string
	Key          []byte // the client's, PKCS#8 in PEM
}

// Open opens them, for Alice and for a client of that name.
func Open(s *sandbox.Server, name, publicName string) (*Pair, error) {
	public, private, err := keypair.New()
	if err != nil {
		return nil, err
	}
	p := &Pair{KeyID: name + "-key-1", Key: private}
	if p.User, err = s.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"}); err != nil {
		return nil, err
	}
	p.Client, err = s.AddWallet(sandbox.Wallet{Name: name, PublicName: publicName, Keys: []sandbox.JWK{sandbox.NewJWK(p.KeyID, public)}})
	return p, err
}
