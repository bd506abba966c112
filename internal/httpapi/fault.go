package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/opgrants/opgrants/internal/grant"
)

// faults are the codes of errors that are this service's own fault: its code, its
// configuration, its store or its key. Whatever a wallet or a caller sends, it can
// cause none of them.
var faults = map[string]bool{
	codeInternal:                true,
	CodeMisconfigured:           true,
	grant.CodeReturnURLsMissing: true,
	grant.CodeKeyMissing:        true,
	grant.CodeKeyInvalid:        true,
	grant.CodeKeyUnavailable:    true,
	grant.CodeStore:             true,
}

// reportFault calls [API.Fault] once if the service is at fault for an answer.
func (a *API) reportFault(r *http.Request, answer *reply) {
	if a.Fault == nil || callerLeft(r, answer) {
		return
	}
	if code := faultOf(answer); code != "" {
		a.Fault(r.Context(), code)
	}
}

// faultOf returns the code of the service's fault, or "" if it is somebody else's:
// that of the answer, or of an error that led to it.
func faultOf(answer *reply) string {
	if faults[answer.code] {
		return answer.code
	}
	return faultIn(answer.err)
}

func faultIn(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := err.(*grant.Error); ok && faults[e.Code] { //nolint:errorlint // the chain is walked here
		return e.Code
	}
	switch e := err.(type) { //nolint:errorlint // likewise
	case interface{ Unwrap() error }:
		return faultIn(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if code := faultIn(one); code != "" {
				return code
			}
		}
	}
	return ""
}

// callerLeft reports whether a request failed because its caller did not wait.
func callerLeft(r *http.Request, answer *reply) bool {
	return r.Context().Err() != nil && errors.Is(answer.err, context.Canceled)
}
