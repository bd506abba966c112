// Package identity has the client that the commands are for wallets: its wallet
// address, its key and the pair of keys that keygen makes.
package identity

import (
	"crypto/ed25519"
	"net/http"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/recorder"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Flags are the flags of every command that signs requests.
type Flags struct {
	ClientWallet string `name:"client-wallet" env:"WALLET_ADDRESS" placeholder:"URL" group:"who" help:"Wallet address of the client: whose key signs."`
	Key          string `name:"key" env:"PRIVATE_KEY_PATH" placeholder:"FILE" group:"who" help:"File of the client's private key. Or the key itself in $PRIVATE_KEY, never as an argument."`
	KeyID        string `name:"key-id" env:"KEY_ID" placeholder:"ID" group:"who" help:"Id (kid) of that key in the client's JWKS."`

	EnvFile       cli.EnvFiles `name:"env-file" sep:"none" placeholder:"FILE" group:"how" help:"Read variables from this file too, or from the input if it is \"-\". Flags take precedence over the environment, the environment over files, and a later file over an earlier one."`
	Trace         bool         `name:"trace" group:"how" help:"Show every request and answer on stderr, secrets masked."`
	InsecureLocal bool         `name:"insecure-local" env:"INSECURE_ALLOW_LOCAL" group:"how" help:"For development: allow http and private addresses."`

	signer ed25519.PrivateKey // set by Open
}

// Check reports which required flags are missing.
func (f *Flags) Check() error {
	switch {
	case f.ClientWallet == "":
		return exit.Usage.With("--client-wallet or WALLET_ADDRESS is missing: the wallet address of the client.")
	case f.KeyID == "":
		return exit.Usage.With("--key-id or KEY_ID is missing: the id (kid) of the key in the client's JWKS.")
	}
	return nil
}

// Open reads the key and makes a client that signs with it. With --trace the client
// prints each request and answer.
func (f *Flags) Open(term *cli.Terminal, env *cli.Environment) (*opclient.Client, error) {
	key, err := f.readKey(term, env)
	if err != nil {
		return nil, err
	}
	f.signer = key
	config := opclient.Config{WalletAddress: f.ClientWallet, KeyID: f.KeyID, Key: key, InsecureAllowLocal: f.InsecureLocal}
	config.HTTP = &http.Client{Transport: NewTransport(term, f.InsecureLocal, f.Trace)}
	client, err := opclient.New(config)
	if err != nil {
		return nil, exit.Usage.With("--client-wallet or --key-id: %s. %s", cli.Reason(err), cli.HintFor(f.ClientWallet))
	}
	return client, nil
}

// NewTransport returns a transport to the servers of wallets that says what it waits
// for. With trace it prints each request and answer.
func NewTransport(term *cli.Terminal, insecureLocal, trace bool) http.RoundTripper {
	var t http.RoundTripper = netguard.NewTransport(netguard.Options{InsecureAllowLocal: insecureLocal})
	if trace {
		t = &recorder.Transport{
			Base: t,
			Mask: new(recorder.Mask),
			// An error of stderr could be reported nowhere.
			Record: func(x recorder.Exchange) { _ = x.Print(term.Err) },
		}
	}
	return &cli.WaitingTransport{Base: t, Term: term}
}
