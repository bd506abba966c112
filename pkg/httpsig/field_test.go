package httpsig

import (
	"regexp"
	"testing"
)

// eachByte calls f with each text of one byte.
func eachByte(f func(s string)) {
	for c := range 256 {
		f(string([]byte{byte(c)}))
	}
}

func TestTheCharactersOfAFieldName(t *testing.T) {
	token := regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9a-z]$") // RFC 9110 section 5.6.2, in lower case
	eachByte(func(s string) {
		if got, want := isFieldName("a"+s+"b"), token.MatchString(s); got != want {
			t.Errorf("a%qb: got %v, want %v", s, got, want)
		}
	})
	if isFieldName("") {
		t.Error("an empty name is one")
	}
}

func TestTheCharactersOfAFieldValue(t *testing.T) {
	printable := regexp.MustCompile(`^[\t -~]$`)
	eachByte(func(s string) {
		if _, err := fieldValue("x", []string{"a" + s + "b"}); (err == nil) != printable.MatchString(s) {
			t.Errorf("a%qb: got %v", s, err)
		}
	})
}
