package httpapi

import (
	"errors"

	"github.com/opgrants/opgrants/internal/grant"
)

// An Unauthenticated is the error of an [API.Caller] that tells the caller what
// to do. Both fields are shown to the caller.
type Unauthenticated struct {
	Challenge string // of WWW-Authenticate (RFC 9110 section 11.6.1)
	Detail    string
}

func (e *Unauthenticated) Error() string { return e.Detail }

// unauthenticated returns the 401 for an error of [API.Caller].
func unauthenticated(err error) error {
	var known *Unauthenticated
	if !errors.As(err, &known) {
		known = &Unauthenticated{"Bearer", "The request does not prove who is calling."}
	}
	return &grant.Error{Code: codeUnauthenticated, Detail: known.Detail, Err: errors.Join(known, err)}
}
