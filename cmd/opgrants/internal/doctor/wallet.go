package doctor

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// checkWallet reads the service's own wallet address. Servers of wallets read it and
// its keys, and need not follow a redirect: so it must be the wallet's own spelling.
func (d *doctor) checkWallet(ctx context.Context) Result {
	if d.Settings.WalletAddress == "" && d.URL != "" {
		return skip("No wallet address is set here; the deployment has its own.")
	}
	s := setting{"WALLET_ADDRESS", d.Settings.WalletAddress, "export WALLET_ADDRESS="}
	address, r, ok := d.checkSpelling(s)
	if !ok {
		return r
	}
	wallet, moved, err := d.readWallet(ctx, address)
	if err != nil {
		return explainWallet(s, address, moved, err)
	}
	switch {
	case moved:
		return fail(exit.UnknownWallet, Redirects, s.with(wallet.ID), "%s redirects to the wallet address %s. Servers of wallets need not follow that when they look for your key: use the latter.", address, wallet.ID)
	case !isSame(address, wallet.ID):
		return fail(exit.UnknownWallet, OtherID, s.with(wallet.ID), "The wallet at %s calls itself %s: use the latter.", address, wallet.ID)
	}
	d.address, d.wallet = address, wallet
	return pass("%s is a wallet address, in %s with %d digits after the point.", wallet.ID, asset(wallet), wallet.AssetScale)
}

// checkPayer reads the wallet address of a user. It may redirect.
func (d *doctor) checkPayer(ctx context.Context) Result {
	s := setting{"--wallet", d.Payer, "opgrants doctor --wallet "}
	address, r, ok := d.checkSpelling(s)
	if !ok {
		return r
	}
	wallet, moved, err := d.readWallet(ctx, address)
	if err != nil {
		return explainWallet(s, address, moved, err)
	}
	if !isSame(address, wallet.ID) {
		return pass("%s leads to the wallet address %s, in %s.", address, wallet.ID, asset(wallet))
	}
	return pass("%s is a wallet address, in %s.", wallet.ID, asset(wallet))
}

// asset is the code of a wallet's asset as it can be printed.
func asset(w *opclient.WalletAddress) string { return strings.Trim(cli.QuoteForeign(w.AssetCode), `"`) }

// readWallet reads a wallet address. moved reports whether it redirects.
func (d *doctor) readWallet(ctx context.Context, address string) (w *opclient.WalletAddress, moved bool, err error) {
	var redirects atomic.Bool
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		answer, err := d.Wallets.RoundTrip(r)
		if err == nil && answer.StatusCode/100 == 3 {
			redirects.Store(true)
		}
		return answer, err
	})
	client, err := opclient.New(opclient.Config{HTTP: &http.Client{Transport: transport}, InsecureAllowLocal: d.Settings.InsecureAllowLocal, Now: d.Now})
	if err != nil {
		return nil, false, err
	}
	w, err = client.WalletAddress(ctx, address)
	return w, redirects.Load(), err
}

// explainWallet says why a wallet address cannot be read.
func explainWallet(s setting, address string, moved bool, err error) Result {
	look := "curl -sSi -H 'Accept: application/json' " + cli.ShellQuote(address)
	bad := func(problem Problem, fix, format string, args ...any) Result {
		return fail(exit.UnknownWallet, problem, fix, format, args...)
	}
	var dns *net.DNSError
	var e *opclient.Error
	isAnswer := errors.As(err, &e) && e.Status != 0
	switch {
	case moved:
		return bad(Redirects, look, "%s redirects to where no wallet address can be read: %v.", address, err)
	case errors.Is(err, opclient.ErrForbiddenAddress) && !isAnswer:
		return bad(PrivateAddress, allowLocal, "%s is at an address that is not public: %v. For development on this machine, INSECURE_ALLOW_LOCAL=true allows it.", address, err)
	case errors.As(err, &dns) && dns.IsNotFound:
		return bad(NotFound, look, "%s: there is no server with the name %s. Is the address spelled as your wallet shows it?", s.name, hostOf(address))
	case errors.Is(err, opclient.ErrNotFound):
		return bad(NotFound, look, "There is no wallet address %s: its server answered %d.%s", address, e.Status, pathHint(s.value, address))
	case isWebPage(err):
		return bad(WebPage, look, "%s is a web page, not a wallet address. It may be the wallet's site: your wallet shows the address of your account.", address)
	case errors.Is(err, opclient.ErrInvalidAnswer):
		return bad(InvalidDocument, look, "%s is not a wallet address: %v.", address, err)
	}
	return bad(Unreachable, look, "%s cannot be read: %v.", address, err)
}

// isWebPage reports whether a server answered a web page, whatever the status.
func isWebPage(err error) bool {
	return errors.Is(err, opclient.ErrWebPage) || strings.Contains(err.Error(), "this is a web page")
}

// pathHint says what may be wrong with the path.
func pathHint(written, address string) string {
	if strings.HasPrefix(strings.TrimSpace(written), "$") && strings.HasSuffix(address, "/.well-known/pay") {
		return " A payment pointer without a path means /.well-known/pay: add the name of your account, $host/name."
	}
	if _, path, _ := strings.Cut(address, "://"); strings.HasSuffix(path, "/") || strings.Contains(path, "//") {
		return " Slashes count: it has one too many, perhaps."
	}
	return ""
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Hostname()
}

// isSame reports whether two URLs are equivalent (RFC 3986 section 6.2), as for the
// client of wallets.
func isSame(a, b string) bool {
	one, err := url.Parse(a)
	other, wrong := url.Parse(b)
	return err == nil && wrong == nil && netguard.Origin(one) == netguard.Origin(other) &&
		"/"+strings.TrimPrefix(one.EscapedPath(), "/") == "/"+strings.TrimPrefix(other.EscapedPath(), "/")
}

// checkPublicName: wallets show the name to the user who consents, and refuse a client
// without one.
func (d *doctor) checkPublicName(context.Context) Result {
	if strings.TrimSpace(d.wallet.PublicName) == "" {
		return fail(exit.UnknownWallet, NoPublicName, "curl -sSi -H 'Accept: application/json' "+cli.ShellQuote(d.wallet.ID),
			"%s has no publicName. Wallets show it to the user who consents, and refuse a client without one. Set it at your wallet.", d.wallet.ID)
	}
	return pass("Users see %s.", cli.QuoteForeign(d.wallet.PublicName))
}
