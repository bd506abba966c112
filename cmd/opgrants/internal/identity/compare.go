package identity

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/netguard"
)

// maxKeyIDs is how many ids of a JWKS are shown.
const maxKeyIDs = 10

// A Comparison is what a JWKS has of an id and a private key.
type Comparison struct {
	HasID   bool   // there is a key with the id
	SameKey bool   // that key is the public half of the private key
	KeyID   string // the id of the public half, as the JWKS has it; "": it is not there
	Says    string // all this as a sentence
}

// Compare looks for a key with the id, and for the public half of key. A nil key is
// not looked for.
func (s *JWKS) Compare(keyID string, key ed25519.PrivateKey) Comparison {
	var c Comparison
	x := ""
	if key != nil {
		x = PublicX(key)
	}
	for _, k := range s.Keys {
		if k.KeyID == keyID && !c.HasID { // servers take the first, too
			c.HasID, c.SameKey = true, k.X == x
		}
		if k.X == x && x != "" && c.KeyID == "" {
			c.KeyID = k.KeyID
		}
	}
	if c.SameKey {
		c.KeyID = keyID
	}
	c.Says = c.sentence(s, keyID)
	return c
}

func (c Comparison) sentence(s *JWKS, keyID string) string {
	switch {
	case !c.HasID && c.KeyID != "":
		return fmt.Sprintf("The JWKS at %s has no key with the id (kid) %q; %s. Your private key is the one with the id %s.", s.URL, keyID, s.has(), cli.QuoteForeign(c.KeyID))
	case !c.HasID:
		return fmt.Sprintf("The JWKS at %s has no key with the id (kid) %q; %s.", s.URL, keyID, s.has())
	case !c.SameKey && c.KeyID != "":
		return fmt.Sprintf("The key %q in the JWKS at %s is not the public half of your private key; the one with the id %s is.", keyID, s.URL, cli.QuoteForeign(c.KeyID))
	case !c.SameKey:
		return fmt.Sprintf("The key %q in the JWKS at %s is not the public half of your private key; %s.", keyID, s.URL, s.has())
	}
	return fmt.Sprintf("The JWKS at %s has the public half of your private key as %q.", s.URL, keyID)
}

// has says which ids there are.
func (s *JWKS) has() string {
	var ids []string
	for _, k := range s.Keys {
		ids = append(ids, cli.QuoteForeign(k.KeyID))
	}
	if len(ids) > maxKeyIDs {
		ids = append(ids[:maxKeyIDs], "…")
	}
	if len(ids) == 0 {
		return "it has no keys"
	}
	return "it has " + strings.Join(ids, ", ")
}

// ExplainRefusedKey adds to an error with [exit.KeyRefused] what the JWKS of the
// client's wallet address has, compared with the key that signed. Other errors it
// returns unchanged.
func (f *Flags) ExplainRefusedKey(ctx context.Context, err error) error {
	if exit.Of(err) != exit.KeyRefused || f.signer == nil {
		return err
	}
	var e *exit.Error
	errors.As(err, &e)
	explained := *e
	// After an interrupt the reason is still of use.
	explained.Detail += " " + f.compareJWKS(context.WithoutCancel(ctx))
	return &explained
}

// compareJWKS is a sentence about the key that signed and the JWKS at the client's
// wallet address.
func (f *Flags) compareJWKS(ctx context.Context) string {
	url := JWKSURL(f.ClientWallet)
	set, err := ReadJWKS(ctx, netguard.NewTransport(netguard.Options{InsecureAllowLocal: f.InsecureLocal}), url)
	if err != nil {
		return fmt.Sprintf("The JWKS at %s cannot be read from here: %v.", url, err)
	}
	c := set.Compare(f.KeyID, f.signer)
	if c.SameKey {
		return c.Says + " The wallet's server may have read an older one, or may not reach it."
	}
	return c.Says
}
