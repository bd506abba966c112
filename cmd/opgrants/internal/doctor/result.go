package doctor

import (
	"fmt"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// A Status is how a check ended.
type Status string

// The statuses. A check is skipped if it depends on one that did not pass, or if
// there is nothing to check.
const (
	Passed  Status = "ok"
	Failed  Status = "failed"
	Skipped Status = "skipped"
)

// A Problem is the stable name of what is wrong.
type Problem string

// The problems.
const (
	NotSet           Problem = "not_set"
	KeyUnusable      Problem = "key_unusable"
	KeyFileOpen      Problem = "key_file_open"
	SecretInSetting  Problem = "secret_in_setting"
	Misspelt         Problem = "misspelt"
	HTTP             Problem = "http"
	PrivateAddress   Problem = "private_address"
	NotFound         Problem = "not_found"
	WebPage          Problem = "web_page"
	Redirects        Problem = "redirects"
	OtherID          Problem = "other_id"
	InvalidDocument  Problem = "invalid_document"
	Unreachable      Problem = "unreachable"
	NoPublicName     Problem = "no_public_name"
	InvalidJWKS      Problem = "invalid_jwks"
	KeyIDUnknown     Problem = "key_id_unknown"
	OtherKey         Problem = "other_key"
	ClockOff         Problem = "clock_off"
	Refused          Problem = "refused"
	InvalidSetting   Problem = "invalid_setting"
	NotOurs          Problem = "not_opgrants"
	Unauthenticated  Problem = "unauthenticated"
	NotPermitted     Problem = "not_permitted"
	ServiceError     Problem = "service_error"
	NothingIsAllowed Problem = "return_urls_missing"
)

// A Result is what a check found.
type Result struct {
	Check   string  `json:"check"` // its stable name, such as wallet_address
	Title   string  `json:"-"`     // the same for people
	Status  Status  `json:"status"`
	Problem Problem `json:"problem,omitempty"` // of a check that failed
	Detail  string  `json:"detail"`            // one or more sentences
	Fix     string  `json:"fix,omitempty"`     // the command that mends it, or shows more of it

	exit exit.Code // of a check that failed
}

func pass(format string, args ...any) Result {
	return Result{Status: Passed, Detail: fmt.Sprintf(format, args...)}
}

func skip(format string, args ...any) Result {
	return Result{Status: Skipped, Detail: fmt.Sprintf(format, args...)}
}

func fail(code exit.Code, problem Problem, fix, format string, args ...any) Result {
	return Result{Status: Failed, Problem: problem, Fix: fix, Detail: fmt.Sprintf(format, args...), exit: code}
}
