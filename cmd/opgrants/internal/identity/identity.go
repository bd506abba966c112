// Package identity is who a command is to the wallets' servers: a client with a
// wallet address and a key.
package identity

import (
	"net/http"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/environ"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/failed"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/terminal"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/wire"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Flags are those that every command has that signs requests.
type Flags struct {
	ClientWallet string `name:"client-wallet" env:"WALLET_ADDRESS" placeholder:"URL" group:"who" help:"Wallet address of the client: whose key signs."`
	Key          string `name:"key" env:"PRIVATE_KEY_PATH" placeholder:"FILE" group:"who" help:"File of the client's private key. Or the key itself in $PRIVATE_KEY, never as an argument."`
	KeyID        string `name:"key-id" env:"KEY_ID" placeholder:"ID" group:"who" help:"Id (kid) of that key in the client's JWKS."`

	EnvFile       environ.Files `name:"env-file" sep:"none" placeholder:"FILE" group:"how" help:"Read variables from this file too, or from the input if it is \"-\". Flags beat the environment, which beats files, of which the last wins."`
	Trace         bool          `name:"trace" group:"how" help:"Show every request and answer on stderr, secrets masked."`
	InsecureLocal bool          `name:"insecure-local" env:"INSECURE_ALLOW_LOCAL" group:"how" help:"For development: allow http and private addresses."`
}

// Check reports what is missing.
func (f *Flags) Check() error {
	switch {
	case f.ClientWallet == "":
		return exit.Usage.With("--client-wallet or WALLET_ADDRESS is missing: the wallet address of the client.")
	case f.KeyID == "":
		return exit.Usage.With("--key-id or KEY_ID is missing: the id (kid) of the key in the client's JWKS.")
	}
	return nil
}

// Open makes a client that signs with the key, and shows what it sends with
// --trace.
func (f *Flags) Open(term *terminal.Terminal, env *environ.Environment) (*opclient.Client, error) {
	key, err := f.readKey(term, env)
	if err != nil {
		return nil, err
	}
	config := opclient.Config{WalletAddress: f.ClientWallet, KeyID: f.KeyID, Key: key, InsecureAllowLocal: f.InsecureLocal}
	if f.Trace {
		config.HTTP = &http.Client{Transport: &wire.Transport{
			Base: netguard.NewTransport(netguard.Options{InsecureAllowLocal: f.InsecureLocal}),
			Mask: new(wire.Mask),
			// Errors of stderr are nobody's to hear.
			Record: func(x wire.Exchange) { _ = x.Print(term.Err) },
		}}
	}
	client, err := opclient.New(config)
	if err != nil {
		return nil, exit.Usage.With("--client-wallet or --key-id: %s. %s", failed.Reason(err), failed.Hint(f.ClientWallet))
	}
	return client, nil
}
