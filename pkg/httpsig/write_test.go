package httpsig

import (
	"testing"

	"github.com/dunglas/httpsfv"
)

func TestTheCharactersOfAString(t *testing.T) {
	eachByte(func(s string) {
		want, wantErr := httpsfv.Marshal(httpsfv.NewItem(s))
		got, err := appendString(nil, s)
		if string(got) != want || (err == nil) != (wantErr == nil) {
			t.Errorf("%q is written as %s (%v), by the library as %s (%v)", s, got, err, want, wantErr)
		}
	})
}

func TestTheCharactersOfAKey(t *testing.T) {
	keys := []string{""}
	eachByte(func(s string) { keys = append(keys, s, "a"+s, "ab"+s) })
	for _, key := range keys {
		dict := httpsfv.NewDictionary()
		dict.Add(key, httpsfv.NewItem(1))
		if _, err := httpsfv.Marshal(dict); isKey(key) != (err == nil) {
			t.Errorf("%q: got %v, and from the library %v", key, isKey(key), err)
		}
	}
}
