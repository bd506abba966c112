// Package jsjson writes JSON as JavaScript does.
package jsjson

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxDepth bounds nesting, so that a body cannot exhaust the stack.
const maxDepth = 200

var errJSON = errors.New("it is not JSON")

// Stringify is JavaScript's JSON.Stringify(JSON.parse(text)), byte for byte
// (ECMA-262 sections 25.5.1 and 25.5.2). The reference implementation compares
// digests with that, not with the bytes that it received.
func Stringify(text []byte) ([]byte, error) {
	p := &jsParser{text: bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))}
	p.space()
	out, err := p.value(nil, 0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.pos != len(p.text) {
		return nil, errJSON
	}
	return out, nil
}

type jsParser struct {
	text []byte
	pos  int
}

// peek is the next byte, 0 at the end.
func (p *jsParser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *jsParser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *jsParser) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.pos++
	return true
}

// value appends the next value, rewritten, to out.
func (p *jsParser) value(out []byte, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errors.New("it is nested too deep")
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(out, depth)
	case c == '[':
		return p.array(out, depth)
	case c == '"':
		units, err := p.string()
		return appendString(out, units), err
	case c == '-' || '0' <= c && c <= '9':
		return p.number(out)
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(p.text[p.pos:], []byte(word)) {
			p.pos += len(word)
			return append(out, word...), nil
		}
	}
	return nil, errJSON
}

func (p *jsParser) array(out []byte, depth int) ([]byte, error) {
	p.pos++
	out = append(out, '[')
	p.space()
	if p.take(']') {
		return append(out, ']'), nil
	}
	for {
		p.space()
		var err error
		if out, err = p.value(out, depth+1); err != nil {
			return nil, err
		}
		p.space()
		if p.take(']') {
			return append(out, ']'), nil
		}
		if !p.take(',') {
			return nil, errJSON
		}
		out = append(out, ',')
	}
}

// A member of an object; index is its place when the key is an array index.
type member struct {
	key     []byte // rewritten
	isIndex bool
	index   uint64
	value   []byte
}

func (p *jsParser) object(out []byte, depth int) ([]byte, error) {
	p.pos++
	var members []member
	seen := map[string]int{}
	p.space()
	for first := true; !p.take('}'); first = false {
		if !first && !p.take(',') {
			return nil, errJSON
		}
		m, err := p.member(depth)
		if err != nil {
			return nil, err
		}
		// A repeated key keeps its first place and gets the last value.
		if i, ok := seen[string(m.key)]; ok {
			members[i].value = m.value
		} else {
			seen[string(m.key)] = len(members)
			members = append(members, m)
		}
		p.space()
	}
	// Keys that are array indices come first, ascending; the others as they were
	// written (ECMA-262 section 10.1.11.1).
	slices.SortStableFunc(members, func(a, b member) int {
		switch {
		case a.isIndex && b.isIndex:
			return cmp.Compare(a.index, b.index)
		case a.isIndex:
			return -1
		case b.isIndex:
			return 1
		}
		return 0
	})
	out = append(out, '{')
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, m.key...), ':'), m.value...)
	}
	return append(out, '}'), nil
}

func (p *jsParser) member(depth int) (m member, err error) {
	p.space()
	if p.peek() != '"' {
		return m, errJSON
	}
	units, err := p.string()
	if err != nil {
		return m, err
	}
	p.space()
	if !p.take(':') {
		return m, errJSON
	}
	p.space()
	m.key = appendString(nil, units)
	m.index, m.isIndex = arrayIndex(string(m.key[1 : len(m.key)-1]))
	m.value, err = p.value(nil, depth+1)
	return m, err
}

// arrayIndex reports whether key is an integer below 2^32-1, spelled as
// JavaScript does (ECMA-262 section 6.1.7).
func arrayIndex(key string) (uint64, bool) {
	n, err := strconv.ParseUint(key, 10, 32)
	return n, err == nil && n < math.MaxUint32 && strconv.FormatUint(n, 10) == key
}
