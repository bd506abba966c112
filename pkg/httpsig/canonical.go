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
	for !strings.HasPrefix(list, ")") {
		if len(sig.components) > 0 {
			if list, ok = strings.CutPrefix(list, " "); !ok {
				return nil, false
			}
		}
		var component string
		if component, list, ok = canonicalString(list); !ok {
			return nil, false
		}
		sig.components = append(sig.components, component)
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
		if name, text, ok = strings.Cut(text, "="); !ok {
			return p, false
		}
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
	s, rest, ok := canonicalString(text)
	if !ok || s == "" || *into != "" {
		return "", false
	}
	*into = s
	return rest, true
}

// canonicalTime reads an integer at the start of text, and returns what follows.
func canonicalTime(text string, into *time.Time) (rest string, ok bool) {
	digits := text
	if i := strings.IndexByte(text, ';'); i >= 0 {
		digits, rest = text[:i], text[i:]
	}
	if len(digits) == 0 || len(digits) > 15 || digits[0] < '1' || digits[0] > '9' || !into.IsZero() {
		return "", false
	}
	seconds, err := strconv.ParseInt(digits, 10, 64)
	*into = time.Unix(seconds, 0).UTC()
	return rest, err == nil
}

// canonicalString reads a string without an escape at the start of text.
func canonicalString(text string) (s, rest string, ok bool) {
	if text, ok = strings.CutPrefix(text, `"`); !ok {
		return "", "", false
	}
	if s, rest, ok = strings.Cut(text, `"`); !ok {
		return "", "", false
	}
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '\\' {
			return "", "", false
		}
	}
	return s, rest, true
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
