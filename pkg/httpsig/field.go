package httpsig

import (
	"fmt"
	"regexp"
	"strings"
)

// obsFold is a line break inside a field value, which older HTTP allowed
// (RFC 9112 section 5.2).
var obsFold = regexp.MustCompile(`[ \t]*\r?\n[ \t]+`)

// fieldValue is the component value of a header field (RFC 9421 section 2.1):
// each value without surrounding whitespace and obsolete line folding, joined
// with a comma and a space.
func fieldValue(name string, values []string) (string, error) {
	canonical := make([]string, len(values))
	for i, v := range values {
		v = obsFold.ReplaceAllString(strings.Trim(v, " \t\r\n"), " ")
		for j := range len(v) {
			// A line break could forge a line of the signature base. Section 2.5 wants
			// the base in ASCII: what is beyond would need the parameter bs.
			if c := v[j]; c != '\t' && (c < ' ' || c > '~') {
				return "", fmt.Errorf("the field %s has a character that cannot be signed", name)
			}
		}
		canonical[i] = v
	}
	return strings.Join(canonical, ", "), nil
}

// isFieldName reports whether name is a field name as a component identifier
// spells it: a token in lower case (RFC 9421 section 2.1).
func isFieldName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return name != ""
}
