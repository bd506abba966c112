package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Faults returns the faults that any call can have, by name, for a test that tries
// each at each call. Those whose name ends in "-after" happen when the server has
// acted.
func Faults() map[string]Fault {
	return map[string]Fault{
		"error-before":              ServerError(),
		"error-after":               after(ServerError()),
		"drop-before":               {Drop: true},
		"drop-after":                {Drop: true, Act: true},
		"reset-before":              {Reset: true},
		"reset-after":               {Reset: true, Act: true},
		"timeout-before":            {Hang: true},
		"timeout-after":             {Hang: true, Act: true},
		"half-answer-after":         {Half: true},
		"too-many-requests-before":  TooManyRequests(37 * time.Second),
		"unavailable-before":        unavailable(37 * time.Second),
		"unavailable-after":         after(unavailable(37 * time.Second)),
		"web-page-before":           webPage(),
		"web-page-after":            after(webPage()),
		"switching-protocols":       {Status: http.StatusSwitchingProtocols},
		"switching-protocols-after": {Status: http.StatusSwitchingProtocols, Act: true},
		"early-hints-without-end":   {Status: http.StatusEarlyHints},
	}
}

func after(f Fault) Fault {
	f.Act = true
	return f
}

// ServerError answers 500 as the authorization server does.
func ServerError() Fault {
	return errorAnswer(http.StatusInternalServerError, "request_denied", "internal server error")
}

// TooManyRequests answers 429 with an HTML page and Retry-After, as something in front
// of a wallet does. The wallet does not see the call.
func TooManyRequests(retryAfter time.Duration) Fault {
	return frontAnswer(http.StatusTooManyRequests, retryAfter)
}

// unavailable answers 503 with an HTML page and Retry-After.
func unavailable(retryAfter time.Duration) Fault {
	return frontAnswer(http.StatusServiceUnavailable, retryAfter)
}

func frontAnswer(status int, retryAfter time.Duration) Fault {
	f := webPage()
	f.Status = status
	f.Header.Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	return f
}

// webPage answers 200 with a web page.
func webPage() Fault {
	return Fault{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: "<!doctype html><title>Welcome</title><p>This is not the answer.</p>"}
}

func errorAnswer(status int, code, description string) Fault {
	body, _ := json.Marshal(map[string]map[string]string{"error": {"code": code, "description": description}})
	return Fault{Status: status, Body: string(body)}
}

// StringError answers with an error as OAuth has it (RFC 6749 section 5.2): a string
// and error_description.
func StringError(status int, code, description string) Fault {
	body, _ := json.Marshal(map[string]string{"error": code, "error_description": description})
	return Fault{Status: status, Body: string(body)}
}

// At returns the fault for the n-th next call, counted from 1.
func (f Fault) At(n int) Fault {
	if n < 1 {
		panic(fmt.Sprintf("sandbox: there is no call %d", n))
	}
	f.Skip = n - 1
	return f
}
