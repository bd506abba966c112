package opclient

import (
	"errors"
	"fmt"
	"log/slog"
)

// A Secret is a token or nonce. It prints as "REDACTED" in logs, in JSON, and with
// all verbs of package fmt but two. string(s) is its value. The zero value is no
// secret.
//
// Package fmt prints the value in two cases, which no type can prevent: it calls no
// method for %p, nor for %w with what is not an error, and it calls no method of
// unexported fields. So never use %p for what holds a Secret, keep a Secret in
// exported fields, or give the struct around it a Format method. Go vet reports the
// wrong %w.
type Secret string

const redacted = "REDACTED"

// String is the redacted form; string(s) is the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format prints the redacted form. Package fmt does not call it for %p and %w.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// GoString is the redacted form, for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue keeps the value out of structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps the value out of JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText refuses the redacted form, so that a secret that was lost by
// encoding is not taken for its value.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == redacted {
		return errors.New("opclient: the secret was redacted when it was encoded")
	}
	*s = Secret(text)
	return nil
}

// The types below hold a Secret and have a Format method of their own: with %s, fmt
// prints all that is behind a pointer in a struct without calling the methods of its
// fields.

// format prints v, which has the fields of a type and not its methods.
func format(f fmt.State, verb rune, v any) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), v)
}

// Format prints t without its Value.
func (t Token) Format(f fmt.State, verb rune) {
	type plain Token
	format(f, verb, plain(t))
}

// Format prints i without its Finish.
func (i Interact) Format(f fmt.State, verb rune) {
	type plain Interact
	format(f, verb, plain(i))
}

// Format prints x without its Nonce.
func (x Finish) Format(f fmt.State, verb rune) {
	type plain Finish
	format(f, verb, plain(x))
}

// Format prints k without its Token.
func (k Continue) Format(f fmt.State, verb rune) {
	type plain Continue
	format(f, verb, plain(k))
}

// Format prints p without its secrets.
func (p Pending) Format(f fmt.State, verb rune) {
	type plain Pending
	format(f, verb, plain(p))
}

// Format prints g without its secrets.
func (g PendingGrant) Format(f fmt.State, verb rune) {
	type plain PendingGrant
	format(f, verb, plain(g))
}

// Format prints g without its secrets.
func (g Grant) Format(f fmt.State, verb rune) {
	type plain Grant
	format(f, verb, plain(g))
}

// Format prints r without its secrets.
func (r GrantRequest) Format(f fmt.State, verb rune) {
	type plain GrantRequest
	format(f, verb, plain(r))
}

// Format prints whose client c is, and no key.
func (c Config) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "opclient.Config{WalletAddress:%q KeyID:%q}", c.WalletAddress, c.KeyID)
}

// Format prints whose client c is, and no key.
func (c Client) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "opclient.Client{%q}", c.walletAddress)
}

// errSecret is why some types have no JSON.
var errSecret = errors.New("opclient: it holds secrets and is not encoded as JSON; see PendingGrant.MarshalBinary")

// MarshalJSON fails: a Config holds a private key.
func (Config) MarshalJSON() ([]byte, error) {
	return nil, errors.New("opclient: a Config is not encoded as JSON")
}

// MarshalJSON fails: a Client holds a private key.
func (Client) MarshalJSON() ([]byte, error) {
	return nil, errors.New("opclient: a Client is not encoded as JSON")
}

// MarshalJSON fails: without its secrets, what it writes could not be read back.
func (Pending) MarshalJSON() ([]byte, error) { return nil, errSecret }

// MarshalJSON fails: without its secret, what it writes could not be read back.
func (Continue) MarshalJSON() ([]byte, error) { return nil, errSecret }

// MarshalJSON fails: without its secret, what it writes could not be read back.
func (Token) MarshalJSON() ([]byte, error) {
	return nil, errors.New("opclient: a Token is not encoded as JSON; write its members")
}

// MarshalJSON fails: see MarshalBinary.
func (PendingGrant) MarshalJSON() ([]byte, error) { return nil, errSecret }
