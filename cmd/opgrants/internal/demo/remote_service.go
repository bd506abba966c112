package demo

import (
	"context"
	"net"
	"net/http"
	"net/url"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// RemoteService is a service that the demonstration does not start, such as the
// functions in containers. It may know this machine by another name.
type RemoteService struct {
	Service   string `name:"service" placeholder:"URL" help:"Use the service that runs there, and lets the shop in without a token, instead of one of its own."`
	WalletURL string `name:"wallet-url" placeholder:"URL" help:"With --service: what that service calls the wallet, such as http://host.docker.internal:3388. The wallet listens at that port of 127.0.0.1."`
	Key       string `name:"key" placeholder:"FILE" help:"With --service: the private key that it signs with, for its wallet address URL/shop, with the id shop-key-1."`
}

// read reads the key, and the address at which the wallet listens. A nil key is a new
// one.
func (e *RemoteService) read() (key []byte, walletAddr string, err error) {
	if e.Service == "" {
		if e.WalletURL != "" || e.Key != "" {
			return nil, "", exit.Usage.With("--wallet-url and --key go with --service.")
		}
		return nil, "127.0.0.1:0", nil
	}
	u, err := url.Parse(e.WalletURL)
	if err != nil || u.Port() == "" || u.Path != "" {
		return nil, "", exit.Usage.With("--wallet-url %s: with --service write http://NAME:PORT.", config.Describe(e.WalletURL))
	}
	if key, _, err = config.ReadKeyFile(e.Key); err == nil {
		_, err = opclient.ParsePrivateKey(key)
	}
	if err != nil {
		return nil, "", exit.Usage.With("--key: %w", err)
	}
	return key, net.JoinHostPort("127.0.0.1", u.Port()), nil
}

// connectShop connects the shop to the wallet at a port of its own. The wallet's name
// may not resolve on this machine, and the requests that come to the other port are
// then all from the service.
func (s *servers) connectShop(ctx context.Context) error {
	l, err := s.listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	s.serve(ctx, l, s.wallet)
	s.shopTransport = &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, l.Addr().String())
	}}
	return nil
}
