package message

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// Error codes of RFC 9635 section 3.6, and those that the reference
// implementation adds.
const (
	InvalidRequest      = "invalid_request"
	InvalidClient       = "invalid_client"
	InvalidInteraction  = "invalid_interaction"
	UnknownInteraction  = "unknown_interaction"
	InvalidContinuation = "invalid_continuation"
	InvalidRotation     = "invalid_rotation"
	RequestDenied       = "request_denied"
	TooFast             = "too_fast"
	UserDenied          = "user_denied"
)

// A Refusal is the answer to a request that is refused.
type Refusal struct {
	Status      int
	Code        string // "" for a failed validation, which has no code
	Description string
	Details     map[string]any // nil: none
	Plain       bool           // the answer is bare text, as the framework of the reference implementation writes
	Page        bool           // the answer is a web page that has nothing to do with the request
	Abort       bool           // there is no answer: the connection breaks
	Hint        string         // the reason, for the log alone
}

// Refuse returns a refusal in JSON.
func Refuse(status int, code, description, hint string) *Refusal {
	return &Refusal{Status: status, Code: code, Description: description, Hint: hint}
}

const invalidPrefix = "Received error validating OpenAPI request: "

// Invalid refuses a request to the authorization server that the OpenAPI
// description does not allow.
func Invalid(what string) *Refusal {
	return Refuse(http.StatusBadRequest, "", invalidPrefix+what, "")
}

// ResourceError returns a refusal of the resource server, whose code repeats the
// status.
func ResourceError(status int, description, hint string) *Refusal {
	return Refuse(status, strconv.Itoa(status), description, hint)
}

// InvalidResource refuses a request to the resource server that the OpenAPI
// description does not allow.
func InvalidResource(what string) *Refusal {
	return ResourceError(http.StatusBadRequest, invalidPrefix+what, "")
}

// InternalError returns the answer of the authorization server to a request that
// it cannot handle.
func InternalError(hint string) *Refusal {
	return Refuse(http.StatusInternalServerError, RequestDenied, "internal server error", hint)
}

// PlainText returns a refusal whose body is the text of the status.
func PlainText(status int, hint string) *Refusal {
	return &Refusal{Status: status, Description: http.StatusText(status), Plain: true, Hint: hint}
}

// WebPage returns a web page as the answer to a request that expects JSON.
func WebPage(hint string) *Refusal {
	return &Refusal{Status: http.StatusOK, Description: "<!doctype html><title>Welcome</title><p>This is not the answer.</p>", Page: true, Hint: hint}
}

// Abort breaks the connection instead of answering.
func Abort(hint string) *Refusal { return &Refusal{Abort: true, Hint: hint} }

// Write answers with the refusal.
func (f *Refusal) Write(w http.ResponseWriter) {
	if f.Plain || f.Page {
		kind := "text/plain; charset=utf-8"
		if f.Page {
			kind = "text/html; charset=utf-8"
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Description))
		return
	}
	type body struct {
		Code        string         `json:"code,omitempty"`
		Description string         `json:"description"`
		Details     map[string]any `json:"details,omitempty"`
	}
	WriteJSON(w, f.Status, map[string]body{"error": {f.Code, f.Description, f.Details}})
}

// WriteJSON answers with v.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the client has gone
}
