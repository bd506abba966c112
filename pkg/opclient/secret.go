package opclient

import (
	"fmt"
	"log/slog"
)

// A Secret is a token or nonce. It prints as "REDACTED" with every verb, in
// logs and in JSON; string(s) is its value. The zero value is no secret.
type Secret string

const redacted = "REDACTED"

// String is the redacted form; string(s) is the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format prints the redacted form whatever the verb is.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// GoString is what %#v prints of a struct that holds a Secret.
func (s Secret) GoString() string { return s.String() }

// LogValue keeps the value out of structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps the value out of JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// The types that hold a Secret and are held by pointer format themselves: with
// %s, fmt takes a pointer in a struct for a mistake, and shows all behind it
// without asking its fields how.

// Format prints t without its Value.
func (t Token) Format(f fmt.State, verb rune) {
	type plain Token
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), plain(t))
}

// Format prints i without its Finish.
func (i Interact) Format(f fmt.State, verb rune) {
	type plain Interact
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), plain(i))
}

// Format prints x without its Nonce.
func (x Finish) Format(f fmt.State, verb rune) {
	type plain Finish
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), plain(x))
}
