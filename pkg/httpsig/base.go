package httpsig

// signatureBase returns the text that is signed (RFC 9421 section 2.5): one line for
// each component, then the parameters, with no line break at the end. input is the value
// of the Signature-Input member.
func signatureBase(m *message, components []string, input string) ([]byte, error) {
	b := make([]byte, 0, 1024)
	for _, c := range components {
		value, err := m.value(c)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, '"'), c...), `": `...)
		b = append(append(b, value...), '\n')
	}
	b = append(b, `"@signature-params": `...)
	return append(b, input...), nil
}
