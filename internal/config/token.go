package config

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"strings"

	"github.com/opgrants/opgrants/internal/pattern"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Token is a bearer token of API_TOKEN, the owner that it stands for, and what
// its bearer may do.
type Token struct {
	Owner  string
	Value  opclient.Secret
	Powers power.Set
}

// Format prints t without its Value: fmt shows all of a struct behind a pointer
// without asking its fields, if the verb is not for structs.
func (t Token) Format(f fmt.State, verb rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), t.Owner)
}

// Tokens are all that are accepted. An owner may have several, so that one can
// be replaced without a pause.
type Tokens []Token

// Format prints the owners.
func (t Tokens) Format(f fmt.State, verb rune) {
	for i, token := range t {
		if i > 0 {
			_, _ = io.WriteString(f, " ")
		}
		token.Format(f, verb)
	}
}

const (
	defaultOwner   = "default"
	minTokenLength = 22 // 128 random bits in base64
)

var (
	// RFC 6750 section 2.1: what may follow "Bearer".
	bearerToken = pattern.New(`^[A-Za-z0-9._~+/-]+=*$`)
	ownerName   = pattern.New(`^[A-Za-z0-9._-]{1,64}$`)
)

// Find returns the token that a caller sent, if it is one of these. It takes the
// same time for every token of a length, known or not.
func (t Tokens) Find(token string) (found Token, ok bool) {
	got := sha256.Sum256([]byte(token))
	for _, known := range t {
		want := sha256.Sum256([]byte(string(known.Value)))
		if subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			found, ok = known, true
		}
	}
	return found, ok
}

// splitTokens reads a list, separated by commas, each entry in quotes or not.
func splitTokens(list string) (entries []string) {
	for e := range strings.SplitSeq(Unquote(list), ",") {
		if e = Unquote(e); e != "" {
			entries = append(entries, e)
		}
	}
	return entries
}

// parseTokens reads name:token,… where a bare token is the owner "default", and
// name:token:powers limits the token to some powers. No problem repeats a token.
func parseTokens(p *problems, name string, value opclient.Secret) Tokens {
	var tokens Tokens
	entries := splitTokens(string(value))
	if value != "" && len(entries) == 0 {
		p.add(name, "holds no token; set it to name:token,…")
	}
	for i, entry := range entries {
		owner, token, named := strings.Cut(entry, ":")
		if !named {
			owner, token = defaultOwner, entry
		}
		token, limits, limited := strings.Cut(token, ":")
		token = Unquote(token)
		powers, wrong := parsePowers(limits, limited)
		_, known := tokens.Find(token)
		_, isPower := power.Parse(entry)
		switch {
		case isPower:
			p.add(name, "entry %d is %q and no token; powers are separated by spaces: name:token:grants payments", i+1, entry)
		case named && !isHarmless(owner):
			p.add(name, "the name of entry %d is %s; write name:token, the name first", i+1, Describe(owner))
		case !ownerName().MatchString(owner):
			p.add(name, "the name of entry %d must be 1 to 64 letters, digits, dots, dashes or underscores", i+1)
		case !bearerToken().MatchString(token):
			p.add(name, "the token of %q must consist of letters, digits and -._~+/ (RFC 6750)", owner)
		case len(token) < minTokenLength:
			p.add(name, "the token of %q has %d characters; use at least %d random ones, such as `openssl rand -hex 32` prints",
				owner, len(token), minTokenLength)
		case known:
			p.add(name, "the token of %q is there twice", owner)
		case wrong != "":
			p.add(name, "the powers of %q: %s", owner, wrong)
		default:
			tokens = append(tokens, Token{Owner: owner, Value: opclient.Secret(token), Powers: powers})
		}
	}
	return tokens
}

// parsePowers reads the third part of an entry: names of powers, separated by
// spaces. Without that part the token has every power. wrong says what cannot be
// read; "": nothing.
func parsePowers(limits string, limited bool) (powers power.Set, wrong string) {
	if !limited {
		return power.All(), ""
	}
	for _, name := range strings.Fields(Unquote(limits)) {
		p, ok := power.Parse(name)
		if !ok {
			return nil, describeChoice(name) + " is not one of " + power.All().String()
		}
		if !powers.Has(p) {
			powers = append(powers, p)
		}
	}
	if len(powers) == 0 {
		return nil, "after the second colon stands none; write name:token:grants payments, or leave the colon out for all"
	}
	return powers, ""
}
