package sandbox

import (
	"crypto/ed25519"
	"encoding/base64"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

// A Wallet is an account with a wallet address, of a user or of a client.
type Wallet struct {
	// Name is the path of its address, without a slash in front: "alice",
	// "shop/usd", ".well-known/pay".
	Name string
	// PublicName is shown to people. A client without one cannot ask for a grant
	// that needs a consent.
	PublicName string
	AssetCode  string // "": USD with AssetScale 2
	AssetScale uint8  // digits after the decimal point
	Keys       []JWK  // that sign the requests of this wallet address
	// Balance is the money in the account at the start, in the asset's smallest
	// units. 0: a thousand whole units, such as 1,000.00 USD; negative: none.
	Balance int64
	// Consent is what happens when a client asks for the user's consent.
	Consent Consent
}

// A Consent is how a wallet answers a client that asks for its user's consent.
type Consent string

// The answers of a wallet.
const (
	// Asks shows a page with two buttons. A person decides, or [Server.Approve] and
	// [Server.Refuse].
	Asks Consent = ""
	// Approves sends the browser back at once, with the hash of a user who accepted.
	Approves Consent = "approves"
	// Refuses sends it back at once with result=grant_rejected.
	Refuses Consent = "refuses"
	// Leaves sends it back at once with result=grant_invalid, as for a user who goes
	// back without choosing.
	Leaves Consent = "leaves"
	// Revokes approves, and takes the consent back as soon as a continue was answered
	// with a token: the token is dead at its first use, and nobody notifies the client.
	Revokes Consent = "revokes"
	// Nonsense answers the grant request with 200 and a web page.
	Nonsense Consent = "nonsense"
)

// A JWK is a public Ed25519 key (RFC 8037).
type JWK struct {
	KeyID     string `json:"kid"`
	Algorithm string `json:"alg"` // EdDSA
	Use       string `json:"use,omitempty"`
	KeyType   string `json:"kty"` // OKP
	Curve     string `json:"crv"` // Ed25519
	X         string `json:"x"`   // the 32 bytes in base64url
}

// NewJWK describes a public key.
func NewJWK(keyID string, key ed25519.PublicKey) JWK {
	return JWK{KeyID: keyID, Algorithm: "EdDSA", Use: "sig", KeyType: "OKP", Curve: "Ed25519",
		X: base64.RawURLEncoding.EncodeToString(key)}
}

// AddWallet opens a wallet and returns its address, a URL.
func (s *Server) AddWallet(w Wallet) (walletAddress string, err error) {
	added := &wallets.Wallet{Name: w.Name, PublicName: w.PublicName, AssetCode: w.AssetCode, AssetScale: w.AssetScale,
		Keys: convertKeys(w.Keys), Balance: w.Balance, Consent: wallets.Consent(w.Consent)}
	if walletAddress, err = s.wallets.Add(added); err == nil {
		s.resources.OpenAccount(added)
	}
	return walletAddress, err
}

// SetKeys replaces the keys of a wallet address of this server.
func (s *Server) SetKeys(walletAddress string, keys ...JWK) error {
	return s.wallets.SetKeys(walletAddress, convertKeys(keys))
}

func convertKeys(keys []JWK) []wallets.JWK {
	converted := make([]wallets.JWK, len(keys))
	for i, k := range keys {
		converted[i] = wallets.JWK(k)
	}
	return converted
}
