package demo

import (
	"encoding/json"
	"io"
	"net"
	"net/url"
	"os"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// RemoteService is a service that the demonstration does not start, such as the
// functions in containers. It may know this machine by another name.
type RemoteService struct {
	Service   string `name:"service" placeholder:"URL" help:"Use the service that runs there, and lets the shop in without a token, instead of one of its own."`
	WalletURL string `name:"wallet-url" placeholder:"URL" help:"With --service: what that service calls the wallet, such as http://host.docker.internal:3388. The wallet listens at that port of 127.0.0.1."`
	JWKS      string `name:"jwks" placeholder:"FILE" help:"With --service: the JWKS with its public key, for its wallet address URL/shop."`
}

// longestJWKS is how much of the file is read, in bytes.
const longestJWKS = 64 << 10

// read reads the public keys, and the address at which the wallet listens. No keys: the
// demonstration starts a service with a new one.
func (e *RemoteService) read() (keys []sandbox.JWK, walletAddr string, err error) {
	if e.Service == "" {
		if e.WalletURL != "" || e.JWKS != "" {
			return nil, "", exit.Usage.With("--wallet-url and --jwks go with --service.")
		}
		return nil, "127.0.0.1:0", nil
	}
	u, err := url.Parse(e.WalletURL)
	if err != nil || u.Port() == "" || u.Path != "" {
		return nil, "", exit.Usage.With("--wallet-url %s: with --service write http://NAME:PORT.", config.Describe(e.WalletURL))
	}
	if keys, err = readJWKS(e.JWKS); err != nil {
		return nil, "", err
	}
	return keys, net.JoinHostPort("127.0.0.1", u.Port()), nil
}

// readJWKS reads a file with public keys. It repeats nothing of the file, in which
// somebody may have put a private one.
func readJWKS(path string) ([]sandbox.JWK, error) {
	file, err := os.Open(path) // #nosec G304 -- what the user asks for
	if err != nil {
		return nil, exit.Usage.With("--jwks %s: it cannot be read.", config.DescribePath(path))
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, longestJWKS))
	var set struct {
		Keys []struct {
			sandbox.JWK
			Private string `json:"d"`
		} `json:"keys"`
	}
	if err != nil || json.Unmarshal(text, &set) != nil || len(set.Keys) == 0 {
		return nil, exit.Usage.With("--jwks %s: write the JWKS that `opgrants keygen` prints.", config.DescribePath(path))
	}
	var keys []sandbox.JWK
	for _, k := range set.Keys {
		if k.Private != "" {
			return nil, exit.Usage.With("--jwks %s: it has a private key; only the service needs that. Write the JWKS that `opgrants keygen` prints.", config.DescribePath(path))
		}
		keys = append(keys, k.JWK)
	}
	return keys, nil
}
