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

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/recorder"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A stage is the three servers. They talk to each other over HTTP only.
type stage struct {
	wallet     *sandbox.Server
	walletURL  string // as browsers know it
	serviceURL string
	shopsWay   http.RoundTripper // to the wallet; nil: the service's
	shop       *shop
	journal    *journal
	clock      *clock

	apiToken string
	ending   []func() error // in this order
}

// open starts the servers; the shop at shopAddr, the others at free ports if
// none is elsewhere.
func open(ctx context.Context, shopAddr string, wait time.Duration, e Elsewhere) (*stage, error) {
	s := &stage{journal: &journal{}, clock: &clock{}, apiToken: rand.Text()}
	if err := s.start(ctx, shopAddr, wait, e); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stage) start(ctx context.Context, shopAddr string, wait time.Duration, e Elsewhere) error {
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
		err = s.ownWay(ctx)
	} else {
		err = s.startService(ctx, pair, base(shopAt)+returnPath)
	}
	if err != nil {
		return err
	}
	if s.shop, err = s.openShop(pair, base(shopAt)); err != nil {
		return err
	}
	s.serve(ctx, shopAt, s.watch(s.shop, toShop, base(shopAt)))
	s.serve(ctx, walletAt, s.watch(s.wallet, toWallet, s.walletURL))
	s.ending = append(s.ending, s.wallet.Close)
	return nil
}

func (s *stage) startService(ctx context.Context, pair *identity.SandboxWallets, returnURL string) error {
	l, err := s.listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	s.serviceURL = base(l)
	grants, err := s.openService(ctx, pair, returnURL)
	if err != nil {
		return err
	}
	s.serve(ctx, l, s.watch(grants, toService, s.serviceURL))
	s.ending = append(s.ending, grants.Close)
	return nil
}

// openService opens the service as `opgrants serve` does, with its grants in a
// temporary file.
func (s *stage) openService(ctx context.Context, pair *identity.SandboxWallets, returnURL string) (*service.Service, error) {
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
	s.ending = append(s.ending, func() error { return os.RemoveAll(dir) })
	return grants, nil
}

// toWallet is what programs talk to the wallet with.
func (s *stage) toWallet(from string) *http.Client {
	way := s.shopsWay
	if way == nil {
		way = netguard.NewTransport(netguard.Options{InsecureAllowLocal: true})
	}
	return &http.Client{Transport: &recorder.Transport{
		Base: way, Mask: &s.journal.mask, Record: s.journal.record(from, toWallet),
	}}
}

func (s *stage) openShop(pair *identity.SandboxWallets, shopURL string) (*shop, error) {
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
		till: &till{client: client, own: pair.Client, customer: pair.User},
		grants: &grants{url: s.serviceURL, token: s.apiToken, http: &http.Client{Timeout: 40 * time.Second, Transport: &recorder.Transport{
			Mask: &s.journal.mask, Record: s.journal.record(fromShop, toService),
		}}},
	}
	if s.shopsWay != nil {
		shop.grants.clock = s.clock
	}
	shop.open()
	return shop, nil
}

// watch records what browsers do at a server. What programs do there is
// recorded where they send it from; but what a service elsewhere does at the
// wallet, there.
func (s *stage) watch(next http.Handler, to, at string) http.Handler {
	u, _ := url.Parse(at) // made by base
	recorded := func(from string) http.Handler {
		return &recorder.Handler{Next: next, Base: u, Mask: &s.journal.mask, Record: s.journal.record(from, to)}
	}
	programs := next
	if to == toWallet && s.shopsWay != nil {
		programs = recorded(fromService)
	}
	browsers := recorded(fromBrowser)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if browses(to, r) {
			browsers.ServeHTTP(w, r)
			return
		}
		programs.ServeHTTP(w, r)
	})
}

// browses reports whether a request is of a browser, and of interest.
func browses(to string, r *http.Request) bool {
	switch to {
	case toWallet:
		return strings.Contains(r.URL.Path, "/interact/")
	case toService:
		return strings.HasSuffix(r.URL.Path, "/finish")
	default:
		return r.URL.Path == returnPath || r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "/later")
	}
}

// serve answers requests until the stage is closed.
func (s *stage) serve(ctx context.Context, l net.Listener, h http.Handler) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	var err error
	running.Go(func() { err = service.Listen(ctx, l, h, slog.New(slog.DiscardHandler)) })
	s.ending = append([]func() error{func() error {
		cancel()
		running.Wait()
		return err
	}}, s.ending...)
}

func (s *stage) close() error {
	var errs []error
	for _, end := range s.ending {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

func (s *stage) listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, exit.Usage.With("--listen %s: write HOST:PORT of this machine, such as 127.0.0.1:3000.", cli.ShowValue(addr))
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, exit.Port.With("%s is in use: end what listens there, or give another port.", addr)
	}
	if err != nil {
		return nil, exit.Port.With("%w", err)
	}
	s.ending = append(s.ending, func() error {
		_ = l.Close() // it is closed already, if it was served
		return nil
	})
	return l, nil
}

func base(l net.Listener) string { return "http://" + l.Addr().String() }
