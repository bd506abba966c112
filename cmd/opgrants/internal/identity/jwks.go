package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Bounds of reading the client's JWKS.
const (
	jwksTime  = 5 * time.Second
	maxJWKS   = 64 << 10
	maxKeyIDs = 10 // shown
)

// ExplainRefusedKey adds to an error with [exit.KeyRefused] what the JWKS of the
// client's wallet address has, compared with the key that signed. Other errors it
// returns unchanged.
func (f *Flags) ExplainRefusedKey(ctx context.Context, err error) error {
	if exit.Of(err) != exit.KeyRefused || f.signer == nil {
		return err
	}
	var e *exit.Error
	errors.As(err, &e)
	// After an interrupt the reason is still of use.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jwksTime)
	defer cancel()
	return &exit.Error{Code: e.Code, Detail: e.Detail + " " + f.compareJWKS(ctx), Err: e.Err}
}

// compareJWKS is a sentence about the key that signed and the JWKS at the client's
// wallet address.
func (f *Flags) compareJWKS(ctx context.Context) string {
	url := f.jwksURL()
	keys, err := f.readJWKS(ctx, url)
	if err != nil {
		return fmt.Sprintf("The JWKS at %s cannot be read from here: %v.", url, err)
	}
	x := xOf(f.signer)
	var ids []string
	var named, same *JWK
	for i, k := range keys {
		ids = append(ids, cli.QuoteForeign(k.KeyID))
		if k.KeyID == f.KeyID {
			named = &keys[i]
		}
		if k.X == x {
			same = &keys[i]
		}
	}
	if len(ids) > maxKeyIDs {
		ids = append(ids[:maxKeyIDs], "…")
	}
	has := "it has " + strings.Join(ids, ", ")
	if len(ids) == 0 {
		has = "it has no keys"
	}
	switch {
	case named == nil && same != nil:
		return fmt.Sprintf("The JWKS at %s has no key with the id (kid) %q; %s. Your private key is the one with the id %s.", url, f.KeyID, has, cli.QuoteForeign(same.KeyID))
	case named == nil:
		return fmt.Sprintf("The JWKS at %s has no key with the id (kid) %q; %s.", url, f.KeyID, has)
	case named.X != x && same != nil:
		return fmt.Sprintf("The key %q in the JWKS at %s is not the public half of your private key; the one with the id %s is.", f.KeyID, url, cli.QuoteForeign(same.KeyID))
	case named.X != x:
		return fmt.Sprintf("The key %q in the JWKS at %s is not the public half of your private key; %s.", f.KeyID, url, has)
	}
	return fmt.Sprintf("The JWKS at %s has the public half of your private key as %q. The wallet's server may have read an older one, or may not reach it.", url, f.KeyID)
}

// jwksURL is where the client's wallet address serves its keys.
func (f *Flags) jwksURL() string {
	address, err := opclient.ParseWalletAddress(f.ClientWallet)
	if err != nil {
		address = f.ClientWallet // http, which InsecureLocal allows
	}
	return strings.TrimSuffix(address, "/") + "/jwks.json"
}

func (f *Flags) readJWKS(ctx context.Context, url string) ([]JWK, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, errors.New("it is not a URL")
	}
	r.Header.Set("Accept", "application/json")
	client := http.Client{Transport: netguard.NewTransport(netguard.Options{InsecureAllowLocal: f.InsecureLocal})}
	answer, err := client.Do(r)
	if err != nil {
		return nil, errors.Unwrap(err) // of url.Error, which repeats the URL
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("its server answered %d", answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxJWKS))
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []JWK `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("the answer is not a JWKS")
	}
	return set.Keys, nil
}
