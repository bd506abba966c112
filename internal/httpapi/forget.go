package httpapi

import (
	"net/url"

	"github.com/opgrants/opgrants/internal/grant"
)

// readForget reads the query of DELETE /grants/{id}. What is not known there is
// refused, because a misspelt forget would seem to have been heard.
func readForget(rawQuery string) (forget bool, err error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return false, malformedQuery("", "The query cannot be read.")
	}
	for name := range query {
		if name != "forget" {
			return false, malformedQuery(short(name), "The query can have forget=true and nothing else.")
		}
	}
	values := query["forget"]
	switch {
	case values == nil:
		return false, nil
	case len(values) > 1:
		return false, malformedQuery("forget", "forget is given twice.")
	case values[0] != "true":
		return false, malformedQuery("forget", "forget must be true; leave it out otherwise.")
	}
	return true, nil
}

func malformedQuery(field, detail string) error {
	return &grant.Error{Code: codeMalformed, Field: field, Detail: detail}
}
