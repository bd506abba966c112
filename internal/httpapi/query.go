package httpapi

import (
	"net/url"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
)

// Parameters of a query.
const (
	parameterCursor    = "cursor"
	parameterForget    = "forget"
	parameterReference = "reference"
)

// readQuery returns the parameters of a query, each of which may be there once. It
// refuses others: the caller of a misspelt one would think that it worked.
func readQuery(rawQuery string, known ...string) (map[string]string, error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, malformedQuery("", "The query is malformed.")
	}
	read := map[string]string{}
	for name, values := range query {
		switch {
		case !slices.Contains(known, name):
			return nil, malformedQuery(truncate(name, maxEcho), "The query may have "+strings.Join(known, " and ")+", and nothing else.")
		case len(values) > 1:
			return nil, malformedQuery(name, name+" is given twice.")
		case len(values[0]) > maxParameter:
			return nil, malformedQuery(name, name+" is too long.")
		}
		read[name] = values[0]
	}
	return read, nil
}

func malformedQuery(field, detail string) error {
	return &grant.Error{Code: CodeMalformed, Field: field, Detail: detail}
}
