package httpsig

import (
	"fmt"
	"strings"
)

// fieldValue returns the component value of a header field (RFC 9421 section 2.1): its
// values without surrounding whitespace, joined with a comma and a space. It need not
// undo obsolete line folding, because net/http unfolds the fields that it receives and
// does not send folded ones.
func fieldValue(name string, values []string) (string, error) {
	for _, v := range values {
		for _, c := range []byte(strings.Trim(v, " \t")) {
			// A line break could forge a line of the signature base. Section 2.5
			// requires that the base is ASCII; other characters need the parameter bs.
			if c != '\t' && (c < ' ' || c > '~') {
				return "", fmt.Errorf("the field %s has a character that cannot be signed", clip(name))
			}
		}
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.Trim(v, " \t")
	}
	return strings.Join(trimmed, ", "), nil
}

const nameCharacters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"

// isFieldName reports whether name is a field name of a component identifier: a token
// in lower case (RFC 9421 section 2.1).
func isFieldName(name string) bool {
	return name != "" && strings.Trim(name, nameCharacters) == ""
}
