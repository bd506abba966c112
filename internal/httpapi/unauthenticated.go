package httpapi

import (
	"errors"

	"github.com/opgrants/opgrants/internal/grant"
)

// Unauthenticated is the error of an [API.Caller] that wants the caller to know
// what to do.
type Unauthenticated struct {
	Challenge string // of WWW-Authenticate (RFC 9110 section 11.6.1)
	Detail    string
}

func (e *Unauthenticated) Error() string { return e.Detail }

func unauthenticated(err error) error {
	var who *Unauthenticated
	if !errors.As(err, &who) {
		who = &Unauthenticated{"Bearer", "The request does not prove who is calling."}
	}
	return &grant.Error{Code: codeUnauthenticated, Detail: who.Detail, Err: errors.Join(who, err)}
}
