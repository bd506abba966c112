package doctor

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/internal/netguard"
)

// checkJWKS reads the keys of the wallet address. A server that finds one that it does
// not take refuses all of them.
func (d *doctor) checkJWKS(ctx context.Context) Result {
	address := identity.JWKSURL(d.address)
	set, err := identity.ReadJWKS(ctx, d.Wallets, address)
	look := "curl -sSi " + cli.ShellQuote(address)
	switch {
	case errors.Is(err, identity.ErrNotJWKS):
		return fail(exit.KeyRefused, InvalidJWKS, look, "At %s, %v. Servers of wallets look for your public key there.", address, err)
	case errors.Is(err, netguard.ErrForbidden): // the wallet address itself is none
		return fail(exit.KeyRefused, Redirects, look, "The JWKS at %s redirects to where it cannot be read: %v.", address, err)
	case err != nil:
		return fail(exit.KeyRefused, Unreachable, look, "The JWKS at %s cannot be read: %v. Servers of wallets look for your public key there.", address, err)
	}
	for _, k := range set.Keys {
		if k.Fault != "" {
			return fail(exit.KeyRefused, InvalidJWKS, look, "In the JWKS at %s, servers do not take the key %s: %s. They then refuse the whole set.",
				address, cli.QuoteForeign(k.KeyID), k.Fault)
		}
	}
	d.jwks = set
	return pass("%s can be read.", address)
}

// checkKeyID looks for the id of the key in the JWKS.
func (d *doctor) checkKeyID(context.Context) Result {
	if says := d.wrong("KEY_ID"); says != "" && d.Settings.KeyID != "" {
		return fail(exit.Usage, SecretInSetting, "unset KEY_ID", "%s", says)
	}
	if d.Settings.KeyID == "" && d.key == nil && d.URL != "" {
		return skip("No key is set here; the deployment has its own.")
	}
	c := d.jwks.Compare(d.Settings.KeyID, d.key)
	fix := d.useKey(c.KeyID)
	switch {
	case d.Settings.KeyID == "" && c.KeyID != "":
		return fail(exit.Usage, NotSet, fix, "KEY_ID is not set. Your key is the one with the id %s in the JWKS at %s.", cli.QuoteForeign(c.KeyID), d.jwks.URL)
	case d.Settings.KeyID == "":
		return fail(exit.Usage, NotSet, fix, "KEY_ID is not set: the id (kid) of your key in the JWKS. %s", c.Says)
	case !c.HasID:
		return fail(exit.KeyRefused, KeyIDUnknown, fix, "%s%s", c.Says, d.similarID())
	}
	return pass("%s has a key with the id %q.", d.jwks.URL, d.Settings.KeyID)
}

// useKey returns the command that sets KEY_ID to an id of the JWKS, or if there is none
// that can be printed, the one that shows the key.
func (d *doctor) useKey(id string) string {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return d.showKey()
	}
	return "export KEY_ID=" + cli.ShellQuote(id)
}

// similarID is a sentence about an id that differs in capitals or spaces only.
func (d *doctor) similarID() string {
	same := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }
	for _, k := range d.jwks.Keys {
		if same(k.KeyID) == same(d.Settings.KeyID) {
			return " Capitals and spaces count: did you mean " + cli.QuoteForeign(k.KeyID) + "?"
		}
	}
	return " Register your public key at the wallet."
}

// checkPublicKey compares the key of that id with the private key.
func (d *doctor) checkPublicKey(context.Context) Result {
	c := d.jwks.Compare(d.Settings.KeyID, d.key)
	switch {
	case c.SameKey:
		return pass("%s", c.Says)
	case c.KeyID != "":
		return fail(exit.KeyRefused, OtherKey, d.useKey(c.KeyID), "%s", c.Says)
	}
	return fail(exit.KeyRefused, OtherKey, d.showKey(), "%s Register your public key at the wallet, or use the private key that belongs to that one.", c.Says)
}
