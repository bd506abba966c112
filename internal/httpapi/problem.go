package httpapi

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/pages"
)

// problemTypes describes each code under a heading of its name.
const problemTypes = "https://github.com/opgrants/opgrants/blob/main/docs/problems.md#"

// A problem is a problem details object (RFC 9457 section 3).
type problem struct {
	Type     string          `json:"type"`
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Detail   string          `json:"detail,omitempty"`
	Code     string          `json:"code"`
	Field    string          `json:"field,omitempty"`
	Upstream *grant.Upstream `json:"upstream,omitempty"`
}

// told is what a caller may know of an error: a [grant.Error] with a code of our
// table; all else is internal.
func told(err error) *grant.Error {
	var e *grant.Error
	if errors.As(err, &e) {
		if _, ok := problems[e.Code]; ok {
			return e
		}
	}
	return &grant.Error{Code: codeInternal, Detail: "This is a fault of the service, which has logged it. Try again later."}
}

// problemReply tells an app what went wrong.
func problemReply(err error) *reply {
	e := told(err)
	p := problems[e.Code]
	body, _ := encode(problem{ // texts and numbers: cannot fail
		Type: problemTypes + e.Code, Title: p.title, Status: p.status,
		Detail: e.Detail, Code: e.Code, Field: e.Field, Upstream: e.Upstream,
	})
	answer := &reply{status: p.status, body: body, code: e.Code, err: err,
		header: http.Header{"Content-Type": {"application/problem+json"}}}
	if e.RetryAfter > 0 {
		answer.header.Set("Retry-After", seconds(e.RetryAfter))
	}
	var who *Unauthenticated
	if errors.As(err, &who) {
		answer.header.Set("WWW-Authenticate", who.Challenge)
	}
	return answer
}

// pageReply tells a person the same.
func pageReply(err error) *reply {
	e := told(err)
	answer := page(problems[e.Code].status, pages.Problem(e.Code), e.RetryAfter)
	answer.code, answer.err = e.Code, err
	if e.RetryAfter > 0 {
		answer.header.Set("Retry-After", seconds(e.RetryAfter))
	}
	return answer
}

// seconds is d in whole seconds, never fewer than asked for.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
