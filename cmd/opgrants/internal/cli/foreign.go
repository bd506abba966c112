package cli

import (
	"strconv"
	"strings"
	"unicode"
)

// maxForeign is how many characters QuoteForeign repeats.
const maxForeign = 200

// QuoteForeign quotes a text that somebody else wrote, such as a wallet: in one
// line, without control characters and not long.
func QuoteForeign(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	text := []rune(strings.Join(words, " "))
	if len(text) > maxForeign {
		text = append(text[:maxForeign], '…')
	}
	return strconv.Quote(string(text))
}
