package jsjson

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`)

func (p *jsParser) number(out []byte) ([]byte, error) {
	text := jsonNumber.Find(p.text[p.pos:])
	if text == nil {
		return nil, errJSON
	}
	p.pos += len(text)
	f, _ := strconv.ParseFloat(string(text), 64) // out of range it is an infinity
	return appendNumber(out, f), nil
}

// appendNumber writes a number as JavaScript's Number::toString does (ECMA-262
// section 6.1.6.1.20); JSON has no infinity, it becomes null.
func appendNumber(out []byte, f float64) []byte {
	if math.IsInf(f, 0) {
		return append(out, "null"...)
	}
	if f == 0 {
		return append(out, '0') // -0 as well
	}
	if f < 0 {
		out = append(out, '-')
	}
	mantissa, exponent, _ := bytes.Cut(strconv.AppendFloat(nil, math.Abs(f), 'e', -1, 64), []byte("e"))
	digits := strings.Replace(string(mantissa), ".", "", 1)
	e, _ := strconv.Atoi(string(exponent))
	switch k, n := len(digits), e+1; {
	case k <= n && n <= 21:
		return append(append(out, digits...), strings.Repeat("0", n-k)...)
	case 0 < n && n <= 21:
		return append(append(append(out, digits[:n]...), '.'), digits[n:]...)
	case -6 < n && n <= 0:
		return append(append(append(out, "0."...), strings.Repeat("0", -n)...), digits...)
	}
	out = append(out, digits[0])
	if len(digits) > 1 {
		out = append(append(out, '.'), digits[1:]...)
	}
	out = append(out, 'e')
	if e > 0 {
		out = append(out, '+')
	}
	return strconv.AppendInt(out, int64(e), 10)
}
