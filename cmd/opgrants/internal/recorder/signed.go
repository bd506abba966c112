package recorder

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/dunglas/httpsfv"
)

// A Line is one line of a signature base (RFC 9421 section 2.5): the name of what is
// signed, and its value.
type Line struct{ Name, Value string }

// String is the line as it is signed.
func (l Line) String() string { return `"` + l.Name + `": ` + l.Value }

const signatureParams = "@signature-params"

// signatureBase returns the lines that the first signature of r covers, or nil if r has
// none that it can read.
func signatureBase(r *http.Request) []Line {
	signatures, err := httpsfv.UnmarshalDictionary(r.Header.Values("Signature-Input"))
	if err != nil || len(signatures.Names()) == 0 {
		return nil
	}
	member, _ := signatures.Get(signatures.Names()[0])
	input, ok := member.(httpsfv.InnerList)
	if !ok {
		return nil
	}
	var lines []Line
	for _, item := range input.Items {
		name, ok := item.Value.(string)
		if !ok {
			return nil
		}
		lines = append(lines, Line{name, component(r, name)})
	}
	params, err := httpsfv.Marshal(input)
	if err != nil {
		return nil
	}
	return append(lines, Line{signatureParams, params})
}

// component is the value of a component that a signature covers.
func component(r *http.Request, name string) string {
	switch name {
	case "@method":
		return r.Method
	case "@target-uri":
		return r.URL.String()
	case "content-length": // net/http adds the field when it sends r
		return strconv.FormatInt(r.ContentLength, 10)
	}
	var values []string
	for _, value := range r.Header.Values(name) {
		values = append(values, strings.TrimSpace(value))
	}
	return strings.Join(values, ", ")
}

// signatureBaseLines is the signature base of r with its secrets masked.
func (m *Mask) signatureBaseLines(r *http.Request) []Line {
	lines := signatureBase(r)
	for i, l := range lines {
		switch l.Name {
		case "@target-uri":
			lines[i].Value = m.URL(r.URL)
		case signatureParams:
			lines[i].Value = m.Header("Signature-Input", l.Value)
		default:
			lines[i].Value = m.Header(l.Name, l.Value)
		}
	}
	return lines
}
