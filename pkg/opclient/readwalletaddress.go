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

// maxHops is how often a wallet address may redirect: people let a name of their
// own lead to their wallet.
const maxHops = 3

// WalletAddress reads the document of a wallet address, written as
// [ParseWalletAddress] accepts it. It follows up to three redirects. If the
// document's id is another URL than the one that was asked for, it reads the
// document there, once; that one must name itself, and is the wallet address from
// then on. It keeps documents in memory for as long as their headers allow.
// [ErrNotFound] means that there is no such wallet address.
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
		if !document.namesAsked() {
			return nil, document.fail(errors.New("the wallet address has another id, and the document there has yet another"))
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

// namesItself reports whether the document's id is the URL that was asked for, or
// the one that answered after redirects.
func (d *walletDocument) namesItself() bool {
	id, err := url.Parse(d.wallet.ID)
	return err == nil && (sameAddress(id, d.asked) || sameAddress(id, d.from))
}

// namesAsked reports whether the document's id is the URL that was asked for.
func (d *walletDocument) namesAsked() bool {
	id, err := url.Parse(d.wallet.ID)
	return err == nil && sameAddress(id, d.asked)
}

func (d *walletDocument) fail(err error) error { return d.invalid(http.StatusOK, err) }

// walletDocument reads one document, over redirects.
func (c *Client) walletDocument(ctx context.Context, address string) (*walletDocument, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout) // of all hops together
	defer cancel()
	x := &exchange{op: "read the wallet address", method: http.MethodGet, url: address, reads: true, expects: "a wallet address"}
	d := &walletDocument{exchange: x, fresh: maxFresh}
	for hop := 0; ; hop++ {
		reply, err := c.do(ctx, x)
		if err != nil {
			return nil, notThere(err)
		}
		if hop == 0 {
			d.asked = reply.url
		}
		d.from = reply.url
		d.fresh = min(d.fresh, freshness(reply.header, c.now()))
		if reply.status/100 != 3 {
			return d, d.read(reply, c.insecure)
		}
		if d.url, err = redirectTarget(reply); err != nil {
			return nil, d.invalid(reply.status, err)
		}
		if _, err := netguard.ParseURL(d.url, c.insecure); err != nil {
			return nil, d.invalid(reply.status, fmt.Errorf("it redirects to %s, which is not allowed: %w", withoutQuery(d.url), err))
		}
		if hop == maxHops {
			return nil, d.invalid(reply.status, fmt.Errorf("it redirects more than %d times, at last to %s", maxHops, withoutQuery(d.url)))
		}
	}
}

// notThere adds [ErrNotFound] to a 404 and a 410.
func notThere(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && (e.Status == http.StatusNotFound || e.Status == http.StatusGone) {
		e.Err = fmt.Errorf("%w: %w", e.Err, ErrNotFound)
	}
	return err
}

// redirectTarget is the URL that r redirects to.
func redirectTarget(r *reply) (string, error) {
	location := r.header.Get("Location")
	switch r.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return "", fmt.Errorf("%d is not a redirect that can be followed", r.status)
	}
	to, err := r.url.Parse(location)
	if err != nil || location == "" {
		return "", errors.New("it redirects without a usable Location")
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
