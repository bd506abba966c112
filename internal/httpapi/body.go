package httpapi

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/strictjson"
)

// readBody returns the body of a request. Unless it is empty, the request must
// declare it as JSON.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &grant.Error{Code: codeTooLarge, Detail: fmt.Sprintf("The body may have at most %d bytes.", maxBody)}
	case err != nil:
		return nil, &grant.Error{Code: CodeMalformed, Detail: "The body ended early.", Err: err}
	case len(body) == 0:
		return nil, nil
	}
	return body, checkMediaType(r.Header)
}

// readOptionalBody reads a body into target, which stays as it is without one.
func readOptionalBody(r *http.Request, target any, maxText int) error {
	body, err := readBody(r)
	if err != nil || len(body) == 0 {
		return err
	}
	return decode(body, target, maxText)
}

func checkMediaType(h http.Header) error {
	kind, params, err := mime.ParseMediaType(h.Get(headerContentType))
	if err != nil || kind != typeJSON || !isUTF8(params["charset"]) {
		return &grant.Error{Code: codeMediaType, Detail: "Send the body as JSON in UTF-8, with Content-Type: application/json."}
	}
	if coding := h.Get(headerContentEncoding); coding != "" && !strings.EqualFold(coding, "identity") {
		return &grant.Error{Code: codeMediaType, Detail: "Send the body without Content-Encoding."}
	}
	return nil
}

// isUTF8 accepts also the spelling without a dash, which many programs send.
func isUTF8(charset string) bool {
	return charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}

// decode reads a body into target. The error names the member at fault.
func decode(body []byte, target any, maxText int) error {
	err := strictjson.Decode(body, target, maxText)
	var wrong *strictjson.Error
	if errors.As(err, &wrong) {
		return &grant.Error{Code: CodeMalformed, Field: wrong.Path, Detail: cmp.Or(wrong.Path, "The body") + " " + wrong.Reason + "."}
	}
	return err
}
