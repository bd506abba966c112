package httpsig

import (
	"fmt"
	"strings"
)

// value returns the value of a derived component or of a header field (RFC 9421
// sections 2.1 and 2.2). The component is one that checkComponents accepts.
func (m *message) value(component string) (string, error) {
	path, query, _ := strings.Cut(m.target, "?")
	switch component {
	case "@method": // section 2.2.1, case-sensitive
		return m.method, nil
	case "@target-uri": // section 2.2.2
		return m.scheme + "://" + m.host + m.target, nil
	case "@authority": // section 2.2.3
		return m.authority(), nil
	case "@scheme": // section 2.2.4
		return m.scheme, nil
	case "@path": // section 2.2.6
		return path, nil
	case "@query": // section 2.2.7: absent is "?" alone
		return "?" + query, nil
	}
	values := m.field(component)
	if len(values) == 0 {
		return "", fmt.Errorf("component %q is not in the request", clip(component))
	}
	return fieldValue(component, values)
}

// authority returns the host in lower case, without the default port of the scheme.
func (m *message) authority() string {
	host := strings.ToLower(m.host)
	switch m.scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return host
}

// isComponent reports whether this package supports a component.
func isComponent(name string) bool {
	switch name {
	case "@method", "@target-uri", "@authority", "@scheme", "@path", "@query":
		return true
	}
	return isFieldName(name)
}

func unknownComponent(name string) error {
	return fmt.Errorf("component %q is not supported; field names must be in lower case", clip(name))
}
