package demo

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/demo/journal"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/demo/shop"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// servers are the wallet, the service and the shop. They talk to each other over HTTP
// only. The service alone has a key.
type servers struct {
	wallet     *sandbox.Server
	walletURL  string // as browsers see it
	addresses  wallets
	serviceURL string
	remote     bool // the service runs elsewhere
	shop       *shop.Shop
	journal    *journal.Journal
	clock      *shop.Clock

	apiToken string
	closers  []func() error // called in this order by close
}

// startServers starts the shop at shopAddr, and the wallet and the service at free
// ports. With remote it uses a service that runs already.
func startServers(ctx context.Context, shopAddr string, wait time.Duration, e RemoteService) (*servers, error) {
	s := &servers{remote: e.Service != "", journal: &journal.Journal{Guess: e.Service != ""}, clock: &shop.Clock{}, apiToken: rand.Text()}
	if err := s.start(ctx, shopAddr, wait, e); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *servers) start(ctx context.Context, shopAddr string, wait time.Duration, e RemoteService) error {
	keys, walletAddr, err := e.read()
	if err != nil {
		return err
	}
	shopAt, err := s.listen(shopAddr)
	if err != nil {
		return err
	}
	walletAt, err := s.listen(walletAddr)
	if err != nil {
		return err
	}
	s.walletURL = base(walletAt)
	s.wallet, err = sandbox.New(sandbox.Config{PublicURL: cmp.Or(e.WalletURL, s.walletURL), ConsentURL: s.walletURL, Wait: wait, Now: s.clock.Now})
	if err != nil {
		return err
	}
	var private opclient.Secret
	if s.addresses, private, err = openWallets(s.wallet, keys); err != nil {
		return err
	}
	if s.serviceURL = e.Service; !s.remote {
		if err := s.startService(ctx, private, base(shopAt)+shop.ReturnPath); err != nil {
			return err
		}
	}
	s.openShop(base(shopAt))
	s.serve(ctx, shopAt, s.recordRequests(s.shop, journal.Shop, base(shopAt)))
	s.serve(ctx, walletAt, s.recordRequests(s.wallet, journal.Wallet, s.walletURL))
	s.closers = append(s.closers, s.wallet.Close)
	return nil
}

func (s *servers) startService(ctx context.Context, private opclient.Secret, returnURL string) error {
	l, err := s.listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	s.serviceURL = base(l)
	api, err := s.openService(ctx, private, returnURL)
	if err != nil {
		return err
	}
	s.serve(ctx, l, s.recordRequests(journal.PassOn(api), journal.Service, s.serviceURL))
	s.closers = append(s.closers, api.Close)
	return nil
}

// openService opens the service as `opgrants serve` does, with its grants in a
// temporary file. The shop's token lets it ask for grants and payments, and for no
// access tokens.
func (s *servers) openService(ctx context.Context, private opclient.Secret, returnURL string) (*service.Service, error) {
	dir, err := os.MkdirTemp("", "opgrants-demo-")
	if err != nil {
		return nil, err
	}
	c := &config.Serve{
		Listen: "127.0.0.1:0", ReturnURLs: []string{returnURL}, InsecureAllowLocal: true,
		WalletAddress: s.addresses.shop, KeyID: shopKeyID, PrivateKey: private,
		DataFile: filepath.Join(dir, "grants.db"), LogLevel: "INFO", APIToken: opclient.Secret("shop:" + s.apiToken + ":grants payments"),
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	way := s.journal.Transport(journal.Service, journal.Wallet, netguard.NewTransport(netguard.Options{InsecureAllowLocal: true}))
	api, err := service.Open(ctx, service.Options{Config: c, PublicURL: s.serviceURL, Log: slog.New(slog.DiscardHandler), HTTP: &http.Client{Transport: way}, Now: s.clock.Now})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.closers = append(s.closers, func() error { return os.RemoveAll(dir) })
	return api, nil
}

func (s *servers) openShop(shopURL string) {
	s.shop = shop.New(shop.Config{
		URL:     shopURL,
		Service: serviceapi.New(s.serviceURL, s.apiToken, s.journal.Transport(journal.Shop, journal.Service, http.DefaultTransport)),
		Own:     s.addresses.shop, Customer: s.addresses.customer, Wallet: s.walletURL,
		Journal: s.journal, Clock: s.clock, RealTime: s.remote,
	})
}

// recordRequests records the requests of browsers to a server. The requests of the shop
// and the service are recorded where they are sent, except those of a remote service,
// which are recorded at the wallet.
func (s *servers) recordRequests(next http.Handler, to, at string) http.Handler {
	u, _ := url.Parse(at) // made by base
	programs := next
	if to == journal.Wallet && s.remote {
		programs = s.journal.Handler(journal.Service, to, u, next)
	}
	browsers := s.journal.Handler(journal.Browser, to, u, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isBrowser(to, r) {
			browsers.ServeHTTP(w, r)
			return
		}
		programs.ServeHTTP(w, r)
	})
}

// isBrowser reports whether a request is from a browser and worth showing.
func isBrowser(to string, r *http.Request) bool {
	switch to {
	case journal.Wallet:
		return strings.Contains(r.URL.Path, "/interact/")
	case journal.Service:
		return strings.HasSuffix(r.URL.Path, "/finish")
	default:
		return r.URL.Path == shop.ReturnPath || r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "/later")
	}
}

// serve answers requests until close is called.
func (s *servers) serve(ctx context.Context, l net.Listener, h http.Handler) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	var err error
	running.Go(func() { err = service.Listen(ctx, l, h, slog.New(slog.DiscardHandler)) })
	s.closers = append([]func() error{func() error {
		cancel()
		running.Wait()
		return err
	}}, s.closers...)
}

func (s *servers) close() error {
	var errs []error
	for _, end := range s.closers {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

func (s *servers) listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, exit.Usage.With("--listen %s: write HOST:PORT of this machine, such as 127.0.0.1:3000.", config.Describe(addr))
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, exit.Port.With("%s is in use: stop the program that listens there, or give another port.", addr)
	}
	if err != nil {
		return nil, exit.Port.With("%w", err)
	}
	s.closers = append(s.closers, func() error {
		_ = l.Close() // an error means that it was served, and so is closed
		return nil
	})
	return l, nil
}

func base(l net.Listener) string { return "http://" + l.Addr().String() }
