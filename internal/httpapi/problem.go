package httpapi

import (
	"errors"
	"net/http"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// problemTypes has a heading for each code.
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
	// Payment is the one that failed.
	Payment *payment.Resource `json:"payment,omitempty"`
}

// publicError returns what a caller may know of an error: a [grant.Error] with a
// code of the table. Everything else is an internal error without a reason.
func publicError(err error) *grant.Error {
	var e *grant.Error
	if errors.As(err, &e) {
		if _, ok := problems[e.Code]; ok {
			return e
		}
	}
	return &grant.Error{Code: codeInternal, Detail: "This is a fault of the service. Its log has the reason. Try again later."}
}

// problemReply tells an app what went wrong. failed is the payment that did; nil:
// none.
func problemReply(err error, failed *payment.Resource) *reply {
	e := publicError(err)
	p := problems[e.Code]
	body, _ := encode(problem{ // texts, numbers and times of this century: it cannot fail
		Type: problemTypes + e.Code, Title: p.title, Status: p.status, Detail: truncate(e.Detail, maxDetail),
		Code: e.Code, Field: e.Field, Upstream: boundedUpstream(e.Upstream),
		Payment: failed,
	})
	answer := &reply{status: p.status, body: body, code: e.Code, err: err,
		header: http.Header{headerContentType: {typeProblem}}}
	after := e.RetryAfter
	if p.status == http.StatusGatewayTimeout && after <= 0 { // the detail says: try again
		after = afterTimeout
	}
	setRetryAfter(answer.header, after)
	var who *Unauthenticated
	if errors.As(err, &who) {
		answer.header.Set(headerChallenge, who.Challenge)
	}
	return answer
}

// boundedUpstream limits the length of the wallet's words.
func boundedUpstream(u *grant.Upstream) *grant.Upstream {
	if u == nil {
		return nil
	}
	bounded := *u
	bounded.Code = truncate(u.Code, maxUpstream)
	bounded.Description = truncate(u.Description, maxUpstream)
	return &bounded
}

// WriteProblem answers a request with the problem document of err, as a route
// does.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	problemReply(err, nil).write(w, r)
}
