package identity

import (
	"crypto/ed25519"

	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// SandboxWallets are the two wallets that it takes to try Open Payments: a user's,
// which pays, and a client's, whose key signs.
type SandboxWallets struct {
	User, Client string // wallet addresses
	KeyID        string
	Key          []byte // the client's, PKCS#8 in PEM
}

// OpenSandboxWallets adds the wallets of Alice and of a client of that name to a
// sandbox. If key is nil, the client gets a new one.
func OpenSandboxWallets(s *sandbox.Server, name, publicName string, key []byte) (p *SandboxWallets, err error) {
	if key == nil {
		if _, key, err = NewKeyPair(); err != nil {
			return nil, err
		}
	}
	private, err := opclient.ParsePrivateKey(key)
	if err != nil {
		return nil, err
	}
	public, _ := private.Public().(ed25519.PublicKey) // as of every Ed25519 key
	p = &SandboxWallets{KeyID: name + "-key-1", Key: key}
	if p.User, err = s.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"}); err != nil {
		return nil, err
	}
	p.Client, err = s.AddWallet(sandbox.Wallet{Name: name, PublicName: publicName, Keys: []sandbox.JWK{sandbox.NewJWK(p.KeyID, public)}})
	return p, err
}
