// Package wallets opens the two wallets that it takes to try Open Payments: a
// user's, which pays, and a client's, whose key signs.
package wallets

import (
	"crypto/ed25519"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/keypair"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A Pair is the two wallets of a sandbox.
type Pair struct {
	User, Client string // wallet addresses
	KeyID        string
	Key          []byte // the client's, PKCS#8 in PEM
}

// Open opens them, for Alice and for a client of that name. The client signs
// with the key; nil: with a new one.
func Open(s *sandbox.Server, name, publicName string, key []byte) (p *Pair, err error) {
	if key == nil {
		if _, key, err = keypair.New(); err != nil {
			return nil, err
		}
	}
	private, err := opclient.ParsePrivateKey(key)
	if err != nil {
		return nil, err
	}
	public, _ := private.Public().(ed25519.PublicKey) // as of every Ed25519 key
	p = &Pair{KeyID: name + "-key-1", Key: key}
	if p.User, err = s.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"}); err != nil {
		return nil, err
	}
	p.Client, err = s.AddWallet(sandbox.Wallet{Name: name, PublicName: publicName, Keys: []sandbox.JWK{sandbox.NewJWK(p.KeyID, public)}})
	return p, err
}
