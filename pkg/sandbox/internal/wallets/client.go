package wallets

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
)

// A Client asks for grants. It is known by a wallet address, or, for a grant that
// needs no interaction, by its key alone ("directed identity").
type Client struct {
	WalletAddress string
	JWK           *JWK
}

// Name returns a name that no two clients share.
func (c Client) Name() string {
	if c.JWK != nil {
		return "jwk " + c.JWK.X
	}
	return c.WalletAddress
}

const (
	foreignTimeout = 5 * time.Second // for all tries
	foreignTries   = 3
	foreignPause   = 300 * time.Millisecond
	foreignLimit   = 64 << 10
)

var errNoForeignClients = errors.New("it is no wallet of this server, and Config.ForeignClients is nil")

// Key returns the client's key. It reads the key set anew for every request, as the
// reference implementation does.
func (d *Directory) Key(ctx context.Context, c Client, keyID string) (ed25519.PublicKey, error) {
	if c.JWK != nil {
		return findKey([]JWK{*c.JWK}, keyID)
	}
	d.calls.Count(func(n *calls.Stats) { n.KeyReads++ })
	if f := d.calls.Take(calls.Keys, nil); f != nil {
		if err := f.Wait(ctx, d.done); err != nil {
			return nil, err
		}
		if f.Breaks() {
			return nil, errors.New("a test asked for a fault")
		}
	}
	d.mu.Lock()
	w := d.find(c.WalletAddress)
	var keys []JWK
	if w != nil {
		keys = w.Keys
	}
	d.mu.Unlock()
	if w == nil {
		var set keySet
		if err := d.readForeignKeys(ctx, c.WalletAddress+"/jwks.json", &set); err != nil {
			return nil, err
		}
		keys = set.Keys
	}
	return findKey(keys, keyID)
}

// PublicName returns the client's name for people. A client without one gets an
// error: it cannot ask for a consent.
func (d *Directory) PublicName(ctx context.Context, c Client) (string, error) {
	d.mu.Lock()
	w, name := d.find(c.WalletAddress), ""
	if w != nil {
		name = w.PublicName
	}
	d.mu.Unlock()
	switch {
	case c.JWK != nil:
		return "", errors.New("a client that is just a key cannot ask for a consent")
	case w == nil:
		var doc document
		if err := d.readForeign(ctx, c.WalletAddress, &doc); err != nil {
			return "", err
		}
		if doc.PublicName != nil {
			name = *doc.PublicName
		}
	}
	if name == "" {
		return "", errors.New("the client's wallet address has no publicName")
	}
	return name, nil
}

// readForeignKeys reads a key set, three times if it must, as the reference
// implementation does.
func (d *Directory) readForeignKeys(ctx context.Context, url string, set *keySet) error {
	ctx, cancel := context.WithTimeout(ctx, foreignTimeout)
	defer cancel()
	for try := 1; ; try++ {
		err := d.readForeign(ctx, url, set)
		if err == nil || try == foreignTries || errors.Is(err, errNoForeignClients) {
			return err
		}
		if d.calls.Sleep(ctx, foreignPause) != nil {
			return err
		}
	}
}

func (d *Directory) readForeign(ctx context.Context, url string, doc any) error {
	if d.config.Foreign == nil {
		return errNoForeignClients
	}
	ctx, cancel := context.WithTimeout(ctx, foreignTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	a, err := d.config.Foreign.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = a.Body.Close() }()
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, a.Status)
	}
	return json.NewDecoder(io.LimitReader(a.Body, foreignLimit)).Decode(doc)
}
