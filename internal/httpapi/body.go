package httpapi

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
)

// maxBody is in bytes, several times what the longest sensible request needs.
const maxBody = 16 << 10

// readBody is the body of a request, which must say that it is JSON unless it is
// empty.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &grant.Error{Code: codeTooLarge, Detail: fmt.Sprintf("The body may have %d bytes at most.", maxBody)}
	case err != nil:
		return nil, &grant.Error{Code: codeMalformed, Detail: "The body did not arrive whole.", Err: err}
	case len(body) == 0:
		return nil, nil
	}
	return body, checkMediaType(r.Header)
}

func checkMediaType(h http.Header) error {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, named := params["charset"]
	if err != nil || kind != "application/json" || named && !strings.EqualFold(charset, "utf-8") {
		return &grant.Error{Code: codeMediaType, Detail: "Send the body as JSON in UTF-8, with Content-Type: application/json."}
	}
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return &grant.Error{Code: codeMediaType, Detail: "Send the body without Content-Encoding."}
	}
	return nil
}
