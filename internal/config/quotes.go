package config

import "strings"

// quotePairs are the quotes that shells, containers' env files and consoles
// leave around a value. The typographic ones come from word processors.
var quotePairs = []struct{ begin, end string }{
	{`"`, `"`}, {`'`, `'`}, {"`", "`"}, {"“", "”"}, {"‘", "’"}, {"„", "“"}, {"«", "»"},
}

// Unquote returns value without the white space, the byte order mark and the
// one pair of quotes around it: no setting has quotes in it, and docker's
// --env-file, systemd and consoles keep them. A quote on one side only stays.
func Unquote(value string) string {
	value = trimInvisible(value)
	for _, q := range quotePairs {
		inner, begins := strings.CutPrefix(value, q.begin)
		inner, ends := strings.CutSuffix(inner, q.end)
		if begins && ends && !strings.Contains(inner, q.begin) && !strings.Contains(inner, q.end) {
			return trimInvisible(inner)
		}
	}
	return value
}

// strayQuote reports whether value begins or ends with a quote that [Unquote]
// could not take off.
func strayQuote(value string) bool {
	for _, q := range quotePairs {
		if strings.HasPrefix(value, q.begin) || strings.HasSuffix(value, q.end) {
			return true
		}
	}
	return false
}

// trimInvisible takes off what nobody sees: white space, byte order marks and
// zero-width spaces, which copying from a web page leaves.
func trimInvisible(s string) string {
	return strings.Trim(strings.TrimSpace(strings.Trim(strings.TrimSpace(s), "\ufeff\u200b\u2060")), "\ufeff\u200b\u2060")
}
