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

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/recorder"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// servers are the wallet, the service and the shop. They talk to each other over HTTP
// only.
type servers struct {
	wallet        *sandbox.Server
	walletURL     string // as browsers see it
	serviceURL    string
	shopTransport http.RoundTripper // to the wallet; nil: as the service has it
	shop          *shop
	journal       *journal
	clock         *clock

	apiToken string
	closers  []func() error // called in this order by close
}

// startServers starts the shop at shopAddr, and the wallet and the service at free
// ports. With remote it uses a service that runs already.
func startServers(ctx context.Context, shopAddr string, wait time.Duration, e RemoteService) (*servers, error) {
	s := &servers{journal: &journal{}, clock: &clock{}, apiToken: rand.Text()}
	if err := s.start(ctx, shopAddr, wait, e); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *servers) start(ctx context.Context, shopAddr string, wait time.Duration, e RemoteService) error {
	key, walletAddr, err := e.read()
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
	s.wallet, err = sandbox.New(sandbox.Config{PublicURL: cmp.Or(e.WalletURL, s.walletURL), ConsentURL: s.walletURL, Wait: wait, Now: s.clock.now})
	if err != nil {
		return err
	}
	pair, err := identity.OpenSandboxWallets(s.wallet, "shop", shopName, key)
	if err != nil {
		return err
	}
	if s.serviceURL = e.Service; s.serviceURL != "" {
		err = s.connectShop(ctx)
	} else {
		err = s.startService(ctx, pair, base(shopAt)+returnPath)
	}
	if err != nil {
		return err
	}
	if s.shop, err = s.openShop(pair, base(shopAt)); err != nil {
		return err
	}
	s.serve(ctx, shopAt, s.recordRequests(s.shop, toShop, base(shopAt)))
	s.serve(ctx, walletAt, s.recordRequests(s.wallet, toWallet, s.walletURL))
	s.closers = append(s.closers, s.wallet.Close)
	return nil
}

func (s *servers) startService(ctx context.Context, pair *identity.SandboxWallets, returnURL string) error {
	l, err := s.listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	s.serviceURL = base(l)
	grants, err := s.openService(ctx, pair, returnURL)
	if err != nil {
		return err
	}
	s.serve(ctx, l, s.recordRequests(grants, toService, s.serviceURL))
	s.closers = append(s.closers, grants.Close)
	return nil
}

// openService opens the service as `opgrants serve` does, with its grants in a
// temporary file.
func (s *servers) openService(ctx context.Context, pair *identity.SandboxWallets, returnURL string) (*service.Service, error) {
	dir, err := os.MkdirTemp("", "opgrants-demo-")
	if err != nil {
		return nil, err
	}
	c := &config.Serve{
		Listen: "127.0.0.1:0", ReturnURLs: []string{returnURL}, InsecureAllowLocal: true,
		WalletAddress: pair.Client, KeyID: pair.KeyID, PrivateKey: opclient.Secret(pair.Key),
		DataFile: filepath.Join(dir, "grants.db"), LogLevel: "INFO", APIToken: opclient.Secret("shop:" + s.apiToken),
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	grants, err := service.Open(ctx, service.Options{Config: c, PublicURL: s.serviceURL, Log: slog.New(slog.DiscardHandler), HTTP: s.toWallet(fromService), Now: s.clock.now})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.closers = append(s.closers, func() error { return os.RemoveAll(dir) })
	return grants, nil
}

// toWallet returns a client for requests of from to the wallet, which are recorded.
func (s *servers) toWallet(from string) *http.Client {
	way := s.shopTransport
	if way == nil {
		way = netguard.NewTransport(netguard.Options{InsecureAllowLocal: true})
	}
	return &http.Client{Transport: &recorder.Transport{
		Base: way, Mask: &s.journal.mask, Record: s.journal.record(from, toWallet),
	}}
}

func (s *servers) openShop(pair *identity.SandboxWallets, shopURL string) (*shop, error) {
	key, err := opclient.ParsePrivateKey(pair.Key)
	if err != nil {
		return nil, err
	}
	client, err := opclient.New(opclient.Config{WalletAddress: pair.Client, KeyID: pair.KeyID, Key: key,
		HTTP: s.toWallet(fromShop), InsecureAllowLocal: true, Now: s.clock.now})
	if err != nil {
		return nil, err
	}
	shop := &shop{
		url: shopURL, wallet: s.walletURL, journal: s.journal, clock: s.clock,
		payments: &payments{client: client, own: pair.Client, customer: pair.User},
		grants: &grants{url: s.serviceURL, token: s.apiToken, http: &http.Client{Timeout: 40 * time.Second, Transport: &recorder.Transport{
			Mask: &s.journal.mask, Record: s.journal.record(fromShop, toService),
		}}},
	}
	if s.shopTransport != nil {
		shop.grants.clock = s.clock
	}
	shop.open()
	return shop, nil
}

// recordRequests records the requests of browsers to a server. The requests of the shop
// and the service are recorded where they are sent, except those of a remote service,
// which are recorded at the wallet.
func (s *servers) recordRequests(next http.Handler, to, at string) http.Handler {
	u, _ := url.Parse(at) // made by base
	recorded := func(from string) http.Handler {
		return &recorder.Handler{Next: next, Base: u, Mask: &s.journal.mask, Record: s.journal.record(from, to)}
	}
	programs := next
	if to == toWallet && s.shopTransport != nil {
		programs = recorded(fromService)
	}
	browsers := recorded(fromBrowser)
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
	case toWallet:
		return strings.Contains(r.URL.Path, "/interact/")
	case toService:
		return strings.HasSuffix(r.URL.Path, "/finish")
	default:
		return r.URL.Path == returnPath || r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "/later")
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
