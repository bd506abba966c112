package httpapi

import (
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// running counts the requests that are under way. nil has no limit.
type running chan struct{}

func newRunning(limit int) running {
	if limit <= 0 {
		return nil
	}
	return make(running, limit)
}

// enter reports whether one more request may be answered. Call leave after it.
func (r running) enter() bool {
	if r == nil {
		return true
	}
	select {
	case r <- struct{}{}:
		return true
	default:
		return false
	}
}

func (r running) leave() {
	if r != nil {
		<-r
	}
}

// errTooManyRequests asks to try again soon: most requests take less than a second.
var errTooManyRequests = &grant.Error{Code: grant.CodeBusy, RetryAfter: 2 * time.Second,
	Detail: "Too many requests are under way. Nothing was done: send this one again."}
