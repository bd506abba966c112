package sandbox

import (
	"encoding/json"
	"net/http"
)

// Error codes of RFC 9635 section 3.6, and those that the reference
// implementation adds.
const (
	invalidRequest      = "invalid_request"
	invalidClient       = "invalid_client"
	invalidInteraction  = "invalid_interaction"
	unknownInteraction  = "unknown_interaction"
	invalidContinuation = "invalid_continuation"
	invalidRotation     = "invalid_rotation"
	requestDenied       = "request_denied"
	tooFast             = "too_fast"
)

// A refusal is the answer to a request that is not granted.
type refusal struct {
	status      int
	code        string // "": a failed validation, which has none
	description string
	plain       bool   // a bare text, as the reference implementation's framework writes
	hint        string // what the answer does not say, for the log
}

func refuse(status int, code, description, hint string) *refusal {
	return &refusal{status: status, code: code, description: description, hint: hint}
}

// invalid is a request that the OpenAPI description does not allow.
func invalid(what string) *refusal {
	return refuse(http.StatusBadRequest, "", "Received error validating OpenAPI request: "+what, "")
}

func internalError(hint string) *refusal {
	return refuse(http.StatusInternalServerError, requestDenied, "internal server error", hint)
}

func plainText(status int, hint string) *refusal {
	return &refusal{status: status, description: http.StatusText(status), plain: true, hint: hint}
}

func (f *refusal) write(w http.ResponseWriter) {
	if f.plain {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(f.status)
		_, _ = w.Write([]byte(f.description))
		return
	}
	type body struct {
		Code        string `json:"code,omitempty"`
		Description string `json:"description"`
	}
	writeJSON(w, f.status, map[string]body{"error": {f.code, f.description}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the client has gone
}
