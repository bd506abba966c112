package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/netguard"
)

const (
	// noGrant is an id that no grant has.
	noGrant = "AAAAAAAAAAAAAAAAAAAAAA"
	// finishQuery is what a wallet adds to the finish link. A redirect must keep it.
	finishQuery = "hash=doctor&interact_ref=doctor"
)

// pageCode matches the code in a page of the service.
var pageCode = regexp.MustCompile(`Code: <code>(\w+)</code>`)

// checkPublicURL opens a finish link as the browser of a user does who comes back from
// the wallet.
func (d *doctor) checkPublicURL(ctx context.Context) Result {
	if says := d.wrong("PUBLIC_URL"); says != "" {
		return fail(exit.Usage, InvalidSetting, setPublicURL("https://pay.shop.example"), "%s", says)
	}
	base := d.Settings.PublicURL
	if base == "" && d.wrong("--listen") != "" {
		return skip("PUBLIC_URL is not set, and --listen cannot be used.")
	}
	if base == "" {
		return skip("PUBLIC_URL is not set: only browsers of this machine reach the service, at http://%s.", d.Settings.Listen)
	}
	return d.visit(ctx, "PUBLIC_URL", base)
}

// visit opens a finish link of a grant that does not exist. The service answers it
// with a page of its own.
func (d *doctor) visit(ctx context.Context, name, base string) Result {
	link := base + "/grants/" + noGrant + "/finish?" + finishQuery
	look := "curl -sSiL -H 'Accept: text/html' " + cli.ShellQuote(link)
	bad := func(problem Problem, format string, args ...any) Result {
		return fail(exit.NotRunning, problem, look, "%s: a browser that opens %s %s", name, base, fmt.Sprintf(format, args...))
	}
	var peer net.Addr
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { peer = i.Conn.RemoteAddr() }})
	page, err := d.send(ctx, http.MethodGet, link, http.Header{"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}}, nil)
	if err != nil {
		return bad(Unreachable, "does not reach the service: %s. Does `opgrants serve` run there, and does what is in front of it lead to it?", explainDial(err))
	}
	at, code := page.at, ""
	if found := pageCode.FindSubmatch(page.body); found != nil {
		code = string(found[1])
	}
	kept := at.Query()
	switch {
	case code == grant.CodeLinkNotValid && (kept.Get("hash") == "" || kept.Get("interact_ref") == ""):
		return bad(Redirects, "is redirected to %s://%s%s, and loses the query of the link on the way. The query has what the wallet says.", at.Scheme, at.Host, at.EscapedPath())
	case code == grant.CodeLinkNotValid:
		return pass("A browser reaches the service at %s%s.", base, onlyFrom(peer))
	case code == grant.CodeNotFound:
		return bad(NotOurs, "reaches the service at a path where it is not. Has the URL the right path?")
	case code != "":
		return bad(ServiceError, "reaches the service, which answers %d with the code %s: see its log.", page.status, code)
	case page.status == http.StatusUnauthorized:
		return bad(NotOurs, "is asked for a password (401). Users come back from their wallets without one.")
	case at.Host != hostPort(base):
		return bad(Redirects, "is redirected to %s://%s, which answers %d with another page.", at.Scheme, at.Host, page.status)
	case page.status == http.StatusBadGateway, page.status == http.StatusServiceUnavailable, page.status == http.StatusGatewayTimeout:
		return bad(Unreachable, "gets %d from what is in front of the service. Does `opgrants serve` run?", page.status)
	}
	return bad(NotOurs, "gets %d and a page that is not the service's. Is the URL whole, with its path?", page.status)
}

func hostPort(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}

// onlyFrom says which browsers reach an address that is not public.
func onlyFrom(peer net.Addr) string {
	if peer == nil {
		return ""
	}
	to, err := netip.ParseAddrPort(peer.String())
	switch {
	case err != nil || netguard.Public(to.Addr()):
		return ""
	case to.Addr().Unmap().IsLoopback():
		return ", on this machine only"
	}
	return fmt.Sprintf(", in this network only: %s is not a public address", to.Addr().Unmap())
}

// explainDial says why there was no answer, without the URL.
func explainDial(err error) string {
	var (
		with      *url.Error
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		dns       *net.DNSError
	)
	if errors.As(err, &with) {
		err = with.Err
	}
	switch {
	case errors.As(err, &authority):
		return "browsers do not know who signed its certificate"
	case errors.As(err, &host):
		return "its certificate is for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or is not valid yet"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no server with the name " + dns.Name
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("it does not answer within %s", serviceTime)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "it speaks http, not https"
	}
	return err.Error()
}
