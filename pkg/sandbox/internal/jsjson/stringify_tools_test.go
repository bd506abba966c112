//go:build tools

package jsjson

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/opgrants/opgrants/test/peers"
)

// A scribe writes JSON texts that a serializer may get wrong.
type scribe struct{ *rand.Rand }

func (s scribe) value(depth int) string {
	switch n := s.IntN(8); {
	case n == 0 && depth > 0:
		return s.list("[", "]", func() string { return s.value(depth - 1) })
	case n <= 2 && depth > 0:
		return s.list("{", "}", func() string { return s.key() + s.space() + ":" + s.space() + s.value(depth-1) })
	case n <= 4:
		return s.number()
	case n == 5:
		return []string{"true", "false", "null"}[s.IntN(3)]
	}
	return s.string()
}

func (s scribe) list(open, end string, item func() string) string {
	items := make([]string, s.IntN(6))
	for i := range items {
		items[i] = s.space() + item() + s.space()
	}
	return open + strings.Join(items, ",") + end
}

func (s scribe) space() string { return []string{"", "", "", " ", "\n", "\t", "\r\n"}[s.IntN(7)] }

func (s scribe) key() string {
	switch s.IntN(3) {
	case 0:
		return fmt.Sprintf("%q", fmt.Sprint(s.IntN(20)))
	case 1:
		return []string{`"4294967294"`, `"4294967295"`, `"01"`, `"-1"`, `"1.0"`, `""`, `"__proto__"`, `"\u0031"`, `"toString"`}[s.IntN(9)]
	}
	return s.string()
}

func (s scribe) string() string {
	var b strings.Builder
	for range s.IntN(6) {
		switch s.IntN(5) {
		case 0:
			fmt.Fprintf(&b, `\u%04x`, s.IntN(0x10000))
		case 1:
			fmt.Fprintf(&b, `\u%04X`, 0xD800+s.IntN(0x800))
		case 2:
			b.WriteString([]string{`\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t`}[s.IntN(8)])
		case 3:
			b.WriteString([]string{"&", "<", "é", "😀", "\u2028", "\x7f", "/"}[s.IntN(7)])
		case 4:
			b.WriteByte(byte('a' + s.IntN(26)))
		}
	}
	return `"` + b.String() + `"`
}

func (s scribe) number() string {
	switch s.IntN(4) {
	case 0:
		return fmt.Sprint(s.IntN(100))
	case 1:
		f := math.Float64frombits(s.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return "1e999"
		}
		return fmt.Sprint(f)
	case 2:
		return fmt.Sprintf("-%d.%de%d", s.IntN(10), s.IntN(1000), s.IntN(60)-30)
	}
	return fmt.Sprint(s.Int64())
}

func TestBodiesAreWrittenAgainAsNodeDoes(t *testing.T) {
	s := scribe{rand.New(rand.NewPCG(1, 2))}
	var texts [][]byte
	for range 20_000 {
		text := []byte(s.value(4))
		if i := s.IntN(len(text)); s.IntN(10) == 0 && text[i] < utf8.RuneSelf { // broken
			text[i] = byte(s.IntN(utf8.RuneSelf))
		}
		texts = append(texts, text)
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := peers.Node(t, "testdata/stringify.mjs")
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers []*string
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i, text := range texts {
		var want []byte
		if answers[i] != nil {
			if want, err = base64.StdEncoding.DecodeString(*answers[i]); err != nil {
				t.Fatal(err)
			}
		} else {
			refused++
		}
		if got, _ := Stringify(text); !bytes.Equal(got, want) {
			t.Fatalf("%s\n got %s\nNode.js %s", text, got, want)
		}
	}
	if refused == 0 || refused > len(texts)/2 {
		t.Errorf("%d of %d texts were refused", refused, len(texts))
	}
}
