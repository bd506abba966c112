package recorder

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// An Exchange is a request and its answer, with their secrets masked.
type Exchange struct {
	Method, URL                 string
	RequestHeader, AnswerHeader []Field
	RequestBody, AnswerBody     string
	Signed                      []Line // the signature base; nil: the request is not signed
	Status                      int
	Start                       time.Time
	Took                        time.Duration
	Failure                     string // why there is no answer
}

// A Field is a header field.
type Field struct{ Name, Value string }

// ignoredFields say nothing about the protocol.
var ignoredFields = map[string]bool{
	"Accept-Encoding": true, "Connection": true, "Date": true, "Keep-Alive": true, "User-Agent": true, "Vary": true,
	"Accept-Language": true, "Upgrade-Insecure-Requests": true,
}

func (m *Mask) fields(h http.Header) []Field {
	var fields []Field
	for name, values := range h {
		for _, value := range values {
			if !ignoredFields[name] && !strings.HasPrefix(name, "Sec-") {
				fields = append(fields, Field{name, m.Header(name, value)})
			}
		}
	}
	slices.SortStableFunc(fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// Print writes the exchange for a person to read, in one Write.
func (x Exchange) Print(w io.Writer) error {
	var b strings.Builder
	part := func(mark string, fields []Field, body string) {
		for _, f := range fields {
			fmt.Fprintf(&b, "%s %s: %s\n", mark, f.Name, f.Value)
		}
		if body != "" {
			fmt.Fprintf(&b, "%s %s\n", mark, body)
		}
	}
	fmt.Fprintf(&b, "> %s %s\n", x.Method, x.URL)
	part(">", x.RequestHeader, x.RequestBody)
	if x.Failure != "" {
		fmt.Fprintf(&b, "< no answer after %d ms: %s\n", x.Took.Milliseconds(), x.Failure)
	} else {
		fmt.Fprintf(&b, "< %d %s after %d ms\n", x.Status, http.StatusText(x.Status), x.Took.Milliseconds())
		part("<", x.AnswerHeader, x.AnswerBody)
	}
	_, err := io.WriteString(w, b.String()+"\n")
	return err
}
