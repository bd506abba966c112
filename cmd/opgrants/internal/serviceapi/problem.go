package serviceapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// A Problem is an answer with another status than 2xx: a problem document (RFC 9457), or
// what something in front of the service said.
type Problem struct {
	Status   int      `json:"status"`
	Code     string   `json:"code"` // "": it is no problem document of the service
	Detail   string   `json:"detail"`
	Field    string   `json:"field"`
	Payment  *Payment `json:"payment"` // that has failed
	Upstream *struct {
		Status            int
		Code, Description string
	} `json:"upstream"` // what the wallet said
	RetryAfter time.Duration `json:"-"` // 0: the answer does not say
}

// Error is the status, the code and the sentence.
func (p *Problem) Error() string {
	if p.Code == "" {
		return fmt.Sprintf("%d: %s", p.Status, p.Detail)
	}
	return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail)
}

// MayPass reports whether the same request may succeed later: with an Idempotency-Key it
// can be sent again.
func (p *Problem) MayPass() bool { return p.Status >= 500 || p.RetryAfter > 0 }

func readProblem(answer *http.Response, text []byte) *Problem {
	p := &Problem{}
	if json.Unmarshal(text, p) != nil || p.Code == "" {
		p = &Problem{Detail: "The answer is not that of opgrants: is the URL right?"}
	}
	p.Status = answer.StatusCode
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	return p
}
