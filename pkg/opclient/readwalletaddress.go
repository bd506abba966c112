package opclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
)

// maxHops is how often a wallet address may redirect: people point a name of
// their own at their wallet.
const maxHops = 3

// WalletAddress reads the document of a wallet address, written as
// [ParseWalletAddress] takes it. Redirects are followed, up to three. If the
// document's id is not the address that was asked, that one is asked, once; the
// answer's ID is always what the wallet calls itself, at that very URL. Documents
// are kept in memory for as long as their headers allow.
func (c *Client) WalletAddress(ctx context.Context, address string) (*WalletAddress, error) {
	address, err := parseWalletAddress(address, c.insecure)
	if err != nil {
		return nil, &InvalidError{Field: "walletAddress", Reason: err.Error()}
	}
	if kept := c.wallets.get(address, c.now()); kept != nil {
		return kept, nil
	}
	first, err := c.walletDocument(ctx, address)
	if err != nil {
		return nil, err
	}
	document := first
	if !document.namesItself() {
		if document, err = c.walletDocument(ctx, first.wallet.ID); err != nil {
			return nil, err
		}
		if !document.namesItself() {
			return nil, document.fail(errors.New("the wallet address names another one, which names yet another"))
		}
	}
	fresh := min(first.fresh, document.fresh)
	c.wallets.put(address, document.wallet, c.now(), fresh)
	return document.wallet, nil
}

// A walletDocument is what was found at a wallet address.
type walletDocument struct {
	*exchange
	wallet      *WalletAddress
	asked, from *url.URL // the address, and where its redirects led
	fresh       time.Duration
}

// namesItself: the document's id is the URL that was asked, or the one that
// answered in the end.
func (d *walletDocument) namesItself() bool {
	id, err := url.Parse(d.wallet.ID)
	return err == nil && (sameAddress(id, d.asked) || sameAddress(id, d.from))
}

func (d *walletDocument) fail(err error) error { return d.invalid(http.StatusOK, err) }

// walletDocument reads one document, over redirects.
func (c *Client) walletDocument(ctx context.Context, address string) (*walletDocument, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout) // of all hops together
	defer cancel()
	d := &walletDocument{exchange: &exchange{op: "read the wallet address", method: http.MethodGet, url: address, reads: true}, fresh: maxFresh}
	for hop := 0; ; hop++ {
		reply, err := c.do(ctx, d.exchange)
		if err != nil {
			return nil, err
		}
		if hop == 0 {
			d.asked = reply.url
		}
		d.from = reply.url
		d.fresh = min(d.fresh, freshness(reply.header, c.now()))
		if reply.status/100 != 3 {
			return d, d.read(reply, c.insecure)
		}
		if d.url, err = redirected(reply); err != nil {
			return nil, d.invalid(reply.status, err)
		}
		if _, err := netguard.ParseURL(d.url, c.insecure); err != nil {
			return nil, d.invalid(reply.status, fmt.Errorf("it redirects to where it must not: %w", err))
		}
		if hop == maxHops {
			return nil, d.invalid(reply.status, fmt.Errorf("it redirects more than %d times", maxHops))
		}
	}
}

func redirected(r *reply) (string, error) {
	location := r.header.Get("Location")
	switch r.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return "", fmt.Errorf("%d is no redirect that can be followed", r.status)
	}
	to, err := r.url.Parse(location)
	if err != nil || location == "" {
		return "", errors.New("it redirects without saying where to")
	}
	to.Fragment, to.RawFragment = "", ""
	return to.String(), nil
}

func (d *walletDocument) read(r *reply, insecure bool) error {
	var broken error
	d.wallet = walletAddressOf(parseAnswer(r, &broken), insecure)
	if broken != nil {
		return d.invalid(r.status, broken)
	}
	return nil
}
