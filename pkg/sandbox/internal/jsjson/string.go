package jsjson

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// string is the next string in UTF-16, as JavaScript has it: halves of surrogate
// pairs can stand alone.
func (p *jsParser) string() ([]uint16, error) {
	p.pos++
	var units []uint16
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return units, nil
		case c < ' ':
			return nil, errJSON
		case c == '\\':
			u, err := p.escape()
			if err != nil {
				return nil, err
			}
			units = append(units, u)
		default:
			r, size := utf8.DecodeRune(p.text[p.pos:])
			units = utf16.AppendRune(units, r)
			p.pos += size
		}
	}
	return nil, errJSON
}

func (p *jsParser) escape() (uint16, error) {
	p.pos++
	c := p.peek()
	p.pos++
	if i := strings.IndexByte(`"\/bfnrt`, c); c != 0 && i >= 0 {
		return uint16("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' || p.pos+4 > len(p.text) {
		return 0, errJSON
	}
	digits := string(p.text[p.pos : p.pos+4])
	p.pos += 4
	u, err := strconv.ParseUint(digits, 16, 16)
	if err != nil {
		return 0, errJSON
	}
	return uint16(u), nil
}

// appendString writes a string as QuoteJSONString does (ECMA-262 section
// 25.5.2.3): only what must be escaped is, and lone surrogates.
func appendString(out []byte, units []uint16) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for i := 0; i < len(units); i++ {
		u := units[i]
		if e := strings.IndexRune("\"\\\b\f\n\r\t", rune(u)); e >= 0 {
			out = append(out, '\\', `"\bfnrt`[e])
			continue
		}
		if utf16.IsSurrogate(rune(u)) && i+1 < len(units) {
			if r := utf16.DecodeRune(rune(u), rune(units[i+1])); r != utf8.RuneError {
				out = utf8.AppendRune(out, r)
				i++
				continue
			}
		}
		if u < ' ' || utf16.IsSurrogate(rune(u)) {
			out = append(out, '\\', 'u', hex[u>>12], hex[u>>8&15], hex[u>>4&15], hex[u&15])
			continue
		}
		out = utf8.AppendRune(out, rune(u))
	}
	return append(out, '"')
}
