package httpapi

import (
	"net/url"

	"github.com/opgrants/opgrants/internal/grant"
)

// readForget reads the query of DELETE /grants/{id}. It refuses unknown
// parameters, because the caller of a misspelt forget would think that it worked.
func readForget(rawQuery string) (forget bool, err error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return false, malformedQuery("", "The query is malformed.")
	}
	for name := range query {
		if name != "forget" {
			return false, malformedQuery(truncate(name, maxEcho), "The query may have forget=true and nothing else.")
		}
	}
	values := query["forget"]
	switch {
	case values == nil:
		return false, nil
	case len(values) > 1:
		return false, malformedQuery("forget", "forget is given twice.")
	case values[0] != "true":
		return false, malformedQuery("forget", "forget must be true. Leave it out otherwise.")
	}
	return true, nil
}

func malformedQuery(field, detail string) error {
	return &grant.Error{Code: CodeMalformed, Field: field, Detail: detail}
}
