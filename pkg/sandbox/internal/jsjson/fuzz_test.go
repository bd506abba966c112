package jsjson

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzStringify checks that what is accepted is JSON with the same meaning, and stays
// as it is when it is written again.
func FuzzStringify(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,2.0,1e21,-0]}`, "\xef\xbb\xbf{\"b\":1,\"10\":2,\"2\":3}", `{"a":1,"a":2}`, `"\ud83d\ude00\ud83d"`,
		"\"\xff\"", `[1e999,1E-7,123456789012345678901234567890]`, ` [ true , null ] `, `"\u2028\/\u001f"`, `{"__proto__":{}}`, `[[[[`, `01`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := Stringify(text)
		if err != nil {
			return
		}
		if !json.Valid(once) {
			t.Fatalf("%q is written as %q, which is not JSON", text, once)
		}
		if bare := bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")); !json.Valid(bare) {
			t.Fatalf("%q is accepted, but it is not JSON", text)
		}
		twice, err := Stringify(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q is written as %q and then as %q, %v", text, once, twice, err)
		}
	})
}
