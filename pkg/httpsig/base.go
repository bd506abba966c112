package httpsig

import (
	"fmt"
	"strings"

	"github.com/dunglas/httpsfv"
)

// inputOf returns the value of a Signature-Input member: the covered components in
// their order, and the parameters.
func inputOf(components []string, params *httpsfv.Params) httpsfv.InnerList {
	input := httpsfv.InnerList{Params: params}
	for _, c := range components {
		input.Items = append(input.Items, httpsfv.NewItem(c))
	}
	return input
}

// signatureBase returns the text that is signed (RFC 9421 section 2.5): one line for
// each component, then the parameters, with no line break at the end.
func signatureBase(m *message, components []string, input httpsfv.InnerList) (string, error) {
	var b strings.Builder
	for _, c := range components {
		value, err := m.value(c)
		if err != nil {
			return "", err
		}
		b.WriteString(`"` + c + `": ` + value + "\n")
	}
	params, err := httpsfv.Marshal(input)
	if err != nil {
		return "", fmt.Errorf("keyid, nonce and tag must be printable ASCII: %w", err)
	}
	b.WriteString(`"@signature-params": ` + params)
	return b.String(), nil
}
