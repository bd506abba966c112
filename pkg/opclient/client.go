package opclient

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/httpsig"
)

// defaultTimeout is [Config.Timeout] if that is 0.
const defaultTimeout = 10 * time.Second

// A Config says who the client is and how it reaches servers. A client with the zero
// value can read wallet addresses and public incoming payments, and nothing else.
type Config struct {
	// WalletAddress is the client's own. Servers read its keys there, and show its
	// publicName to the user. It is required with a Key.
	WalletAddress string
	KeyID         string        // the kid of Key in the wallet address's jwks.json
	Key           crypto.Signer // Ed25519; nil: the client cannot sign requests

	// HTTP sends the requests. Nil: a client that dials public addresses only, and
	// uses no proxy and no connection that was idle for long. The Client uses only the
	// Transport of HTTP: it follows no redirect and keeps no cookie. The Transport
	// should call GetConn and GotConn of a [net/http/httptrace.ClientTrace], as
	// [http.Transport] does. Otherwise the error of a request that could not be sent is
	// [ErrOutcomeUnknown].
	HTTP *http.Client
	// InsecureAllowLocal allows http, all ports, and addresses that are not public.
	// For development only.
	InsecureAllowLocal bool
	Now                func() time.Time // nil: time.Now
	// Timeout limits one request, from the dial to the last byte of the answer. It
	// limits [Client.WalletAddress] and [Client.RequestGrant] together with all the
	// requests that they send to one server. The context of a call counts too: the
	// earlier of both ends the request with [ErrTimeout]. A context cannot extend
	// Timeout, so a program whose contexts set the limits should make it as long as
	// the longest of them. 0 or less: 10 s.
	Timeout time.Duration
}

// A Client talks to the servers of wallets. Several goroutines may use it at once.
type Client struct {
	walletAddress string
	sign          *httpsig.Signer // nil without a key
	transport     http.RoundTripper
	insecure      bool
	now           func() time.Time
	timeout       time.Duration
	wallets       *walletCache
	forms         *clientForms
}

// New returns a client. The error is an [*InvalidError] that names the field.
func New(c Config) (*Client, error) {
	client := &Client{
		insecure: c.InsecureAllowLocal,
		now:      c.Now,
		timeout:  c.Timeout,
		wallets:  &walletCache{},
		forms:    &clientForms{},
	}
	if client.now == nil {
		client.now = time.Now
	}
	if client.timeout <= 0 {
		client.timeout = defaultTimeout
	}
	switch {
	case c.HTTP == nil:
		client.transport = netguard.NewTransport(netguard.Options{InsecureAllowLocal: c.InsecureAllowLocal, Now: c.Now})
	case c.HTTP.Transport == nil:
		client.transport = http.DefaultTransport
	default:
		client.transport = c.HTTP.Transport
	}
	if c.Key == nil {
		return client, nil
	}
	return client.WithKey(c.WalletAddress, c.KeyID, c.Key)
}

// WithKey returns the same client with another key. Both share their connections, the
// wallet addresses that they read, and what they learned about servers. The error is
// an [*InvalidError] that names the field.
func (c *Client) WithKey(walletAddress, keyID string, key crypto.Signer) (*Client, error) {
	address, err := parseWalletAddress(walletAddress, c.insecure)
	if err != nil {
		return nil, &InvalidError{Field: "walletAddress", Reason: err.Error()}
	}
	// Servers split the parameters of a signature at each semicolon.
	if !visible(keyID) || strings.ContainsAny(keyID, `";\`) {
		return nil, &InvalidError{Field: "keyId", Reason: `give the key's kid: visible ASCII without quotes, backslashes and ";"`}
	}
	if key == nil {
		return nil, &InvalidError{Field: "key", Reason: "give the private key"}
	}
	if private, ok := key.(ed25519.PrivateKey); ok && len(private) != ed25519.PrivateKeySize {
		return nil, &InvalidError{Field: "key", Reason: fmt.Sprintf("give a whole Ed25519 key of %d bytes, as ParsePrivateKey returns it; this one has %d", ed25519.PrivateKeySize, len(private))}
	}
	if _, ok := key.Public().(ed25519.PublicKey); !ok {
		return nil, &InvalidError{Field: "key", Reason: "give an Ed25519 key; Open Payments has no other"}
	}
	other := *c
	other.walletAddress = address
	// RFC 9635 section 7.3.1: the tag MUST be "gnap".
	other.sign = &httpsig.Signer{KeyID: keyID, Tag: "gnap", Key: key, Now: c.now}
	return &other, nil
}
