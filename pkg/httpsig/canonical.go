package httpsig

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Most signers write their fields in the canonical form, with parameters that this package
// knows. The functions here read that form without the work of a whole parser, and report
// false for everything else, valid or not: that is for the parser.

// canonicalInput reads a Signature-Input field with one signature.
func canonicalInput(values []string) (*signature, bool) {
	if len(values) != 1 {
		return nil, false
	}
	label, value, _ := strings.Cut(values[0], "=")
	list, ok := strings.CutPrefix(value, "(")
	if !ok || !isKey(label) {
		return nil, false
	}
	sig := &signature{label: label, input: value, components: make([]string, 0, 8)}
	opening := `"`
	for !strings.HasPrefix(list, ")") {
		component, rest := canonicalString(list, opening)
		if component == "" {
			return nil, false
		}
		sig.components = append(sig.components, component)
		list, opening = rest, ` "`
	}
	sig.params, ok = canonicalParams(list[1:])
	return sig, ok
}

// canonicalParams reads parameters. It leaves those to the parser that are there twice or
// have a zero value, which p cannot tell from one that is not there.
func canonicalParams(text string) (p params, ok bool) {
	var alg string
	for text != "" {
		var name string
		name, text, _ = strings.Cut(text, "=")
		switch name {
		case ";created":
			text, ok = canonicalTime(text, &p.Created)
		case ";expires":
			text, ok = canonicalTime(text, &p.Expires)
		case ";keyid":
			text, ok = canonicalText(text, &p.KeyID)
		case ";nonce":
			text, ok = canonicalText(text, &p.Nonce)
		case ";tag":
			text, ok = canonicalText(text, &p.Tag)
		case ";alg":
			text, ok = canonicalText(text, &alg)
			ok = ok && alg == algEd25519
		default:
			ok = false
		}
		if !ok {
			return p, false
		}
	}
	return p, true
}

// canonicalText reads a string at the start of text, and returns what follows.
func canonicalText(text string, into *string) (rest string, ok bool) {
	s, rest := canonicalString(text, `"`)
	if s == "" || *into != "" {
		return "", false
	}
	*into = s
	return rest, true
}

// canonicalTime reads an integer at the start of text, and returns what follows.
func canonicalTime(text string, into *time.Time) (rest string, ok bool) {
	rest = strings.TrimLeft(text, "0123456789")
	digits := strings.TrimSuffix(text, rest)
	if len(digits) > 15 || strings.HasPrefix(digits, "0") || !into.IsZero() {
		return "", false
	}
	seconds, err := strconv.ParseInt(digits, 10, 64)
	*into = time.Unix(seconds, 0).UTC()
	return rest, err == nil
}

// canonicalString reads a string without an escape at the start of text, which begins with
// opening. It returns "" if there is no such string, or an empty one.
func canonicalString(text, opening string) (s, rest string) {
	text, opens := strings.CutPrefix(text, opening)
	s, rest, closes := strings.Cut(text, `"`)
	if !opens || !closes {
		return "", ""
	}
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '\\' {
			return "", ""
		}
	}
	return s, rest
}

// canonicalBinary reads a Dictionary field with one byte sequence.
func canonicalBinary(values []string) (key string, value []byte, ok bool) {
	if len(values) != 1 {
		return "", nil, false
	}
	key, text, _ := strings.Cut(values[0], "=")
	text, begins := strings.CutPrefix(text, ":")
	text, ends := strings.CutSuffix(text, ":")
	if !begins || !ends || !isKey(key) || strings.ContainsAny(text, "\r\n") { // which the decoder skips
		return "", nil, false
	}
	value, err := base64.StdEncoding.DecodeString(text)
	return key, value, err == nil
}
