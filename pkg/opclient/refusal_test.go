package opclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTheReasonIsFoundWhereverTheServerPutIt(t *testing.T) {
	for name, c := range map[string]struct {
		body, code, description string
		gnap                    bool
	}{
		"GNAP object":              {`{"error":{"code":"invalid_client","description":"no key"}}`, "invalid_client", "no key", true},
		"GNAP object, code only":   {`{"error":{"code":"too_fast"}}`, "too_fast", "", true},
		"GNAP string":              {`{"error":"user_denied"}`, "user_denied", "", true},
		"a validation error":       {`{"error":{"description":"body.client must be object"}}`, "", "body.client must be object", true},
		"OAuth":                    {`{"error":"invalid_request","error_description":"no nonce"}`, "invalid_request", "no nonce", true},
		"OAuth in an object":       {`{"error":{"code":"x","error_description":"no"}}`, "x", "no", true},
		"a message":                {`{"statusCode":400,"message":"bad body"}`, "", "bad body", false},
		"a message, and its error": {`{"statusCode":404,"message":"Cannot POST /","error":"Not Found"}`, "", "Cannot POST /", false},
		"messages":                 {`{"message":["a must be b","c must be d"],"error":"Bad Request"}`, "", "a must be b; c must be d", false},
		"a Message":                {`{"Message":"User is not authorized"}`, "", "User is not authorized", false},
		"a message in an error":    {`{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}`, "", "Quota", false},
		"an error of words":        {`{"error":"Too Many Requests"}`, "", "Too Many Requests", false},
		"a list of errors":         {`{"errors":[{"message":"one"},{"detail":"two"},"three",4]}`, "", "one; two; three", false},
		"a problem":                {`{"type":"about:blank","title":"Bad","status":400,"detail":"the amount is bad"}`, "", "the amount is bad", false},
		"a problem with title":     {`{"title":"Bad Request","status":400}`, "", "Bad Request", false},
		"a code and description":   {`{"code":"E17","description":"closed"}`, "E17", "closed", false},
		"with a byte order mark":   {"\xef\xbb\xbf" + `{"error":"too_fast"}`, "too_fast", "", true},
		"nulls":                    {`{"error":null,"message":null,"detail":"d"}`, "", "d", false},
		"a JSON string":            {`"closed"`, "", "closed", false},
		"plain text":               {"Service closed\n", "", "Service closed", false},
		"a web page":               {"<!DOCTYPE html><title>No</title>", "", "", false},
		"XML":                      {"<?xml version='1.0'?><Error/>", "", "", false},
		"bytes":                    {"\x00\x01\x02\xff\xfe\xfd", "", "", false},
		"a code that is no code":   {`{"error":{"code":"not a code at all","description":""}}`, "", "not a code at all", true},
		"a code of letters":        {`{"error":"café"}`, "", "café", false},
		"a long code":              {`{"error":"` + strings.Repeat("x", 100) + `"}`, "", strings.Repeat("x", 100), false},
	} {
		for _, contentType := range []string{"application/json", "text/html", ""} {
			for _, status := range []int{400, 429, 503} {
				s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header()["Content-Type"] = []string{contentType}
					w.WriteHeader(status)
					_, _ = io.WriteString(w, c.body)
				})
				err := calls["request"](newClient(t), s.URL)
				e, _ := errors.AsType[*Error](err)
				if e == nil || e.Status != status || e.Code != c.code || e.Description != c.description || e.GNAP != c.gnap {
					t.Errorf("%s, %d, %q: got %#v", name, status, contentType, e)
				}
				if page := strings.HasPrefix(c.body, "<") && !strings.HasPrefix(c.body, "<?xml"); page != strings.Contains(err.Error(), "web page") {
					t.Errorf("%s: got %v", name, err)
				}
				if errors.Is(err, ErrTooManyRequests) != (status == 429) || status == 429 && strings.Contains(err.Error(), "refused") {
					t.Errorf("%s, %d: got %v", name, status, err)
				}
				if errors.Is(err, ErrOutcomeUnknown) != (status == 503) || HasCode(err, e.Code) != (status != 503) {
					t.Errorf("%s, %d: the outcome is wrong: %v", name, status, err)
				}
			}
		}
	}
}

func TestMaskingNeverChangesACode(t *testing.T) {
	for nonce, c := range map[string]struct{ body, code, description string }{
		"client":                 {`{"error":{"code":"invalid_client","description":"client x"}}`, "invalid_client", "REDACTED x"},
		"fast":                   {`{"error":"too_fast"}`, "too_fast", ""},
		"invalid_request":        {`{"error":"invalid_request","error_description":"no"}`, "invalid_request", "no"},
		"_":                      {`{"error":"request_denied"}`, "request_denied", ""},
		"0123456789abcdef":       {`{"error":{"code":"0123456789abcdef"}}`, "", "REDACTED"},
		"0123456789abcde":        {`{"error":{"code":"0123456789abcde"}}`, "0123456789abcde", ""},
		"with space+and/slash==": {`{"message":"bad with+space%2Band%2Fslash%3D%3D"}`, "", "bad REDACTED"},
		"in a\u2028line":         {`{"message":"in a\u2028line"}`, "", "REDACTED"},
	} {
		s := newServer(t, refuses(401, "application/json", c.body))
		r := outgoing()
		r.Finish.Nonce = Secret(nonce)
		_, err := newClient(t).RequestGrant(context.Background(), s.URL, r)
		if e, _ := errors.AsType[*Error](err); e == nil || e.Code != c.code || e.Description != c.description {
			t.Errorf("%q: got %#v", nonce, e)
		}
	}
}

func TestRetryAfterReachesTheCaller(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		value, date string
		want        time.Duration
	}{
		{"37", "", 37 * time.Second},
		{" 37 ", "", 37 * time.Second},
		{"0", "", 0},
		{"3600", "", time.Hour},
		{"3601", "", time.Hour},
		{"99999999999999999999", "", time.Hour},
		{"-5", "", 0},
		{"37.5", "", 38 * time.Second},
		{"soon", "", 0},
		{".5", "", 0},
		{"1e3", "", 0},
		{"inf", "", 0},
		{"1.5e3", "", 0},
		{"1/2", "", 0},
		{"", "", 0},
		{"Thu, 01 Jan 2026 12:00:37 GMT", "", 37 * time.Second},
		{"Thu, 01 Jan 2026 12:00:37 GMT", "Thu, 01 Jan 2026 12:00:07 GMT", 30 * time.Second},
		{"Thu, 01 Jan 2026 11:00:00 GMT", "", 0},
		{"Fri, 02 Jan 2026 12:00:00 GMT", "", time.Hour},
	} {
		for _, status := range []int{200, 400, 429, 503} {
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = []string{c.date}
				w.Header().Set("Retry-After", c.value)
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "<html>")
			})
			client := newClient(t, func(c *Config) { c.Now = func() time.Time { return now } })
			_, read := client.WalletAddress(context.Background(), s.URL)
			for _, err := range []error{read, calls["request"](client, s.URL)} {
				e, _ := errors.AsType[*Error](err)
				if e == nil || e.RetryAfter != c.want || e.Date.IsZero() != (c.date == "") {
					t.Errorf("%d, %q: got %#v, want %s", status, c.value, e, c.want)
				}
			}
		}
	}
}

func TestAFailureLeavesTheOutcomeOfAChangeUnknown(t *testing.T) {
	s := newServer(t, refuses(503, "text/plain", "busy"))
	const unknown = "the server failed, outcome unknown"
	if err := calls["create a quote"](newClient(t), s.URL); !strings.HasSuffix(err.Error(), unknown) {
		t.Errorf("a change: got %v", err)
	}
	if err := reads["an outgoing payment"](newClient(t), s.URL, "TOKEN"); !strings.HasSuffix(err.Error(), "the server failed") {
		t.Errorf("a read: got %v", err)
	}
}

func TestAnEmptySecretMasksNothing(t *testing.T) {
	s := newServer(t, refuses(401, "text/plain", "no token"))
	e, _ := errors.AsType[*Error](newClient(t).Cancel(t.Context(), Continue{URI: s.URL}))
	if e == nil || e.Description != "no token" {
		t.Errorf("got %#v", e)
	}
}

func TestATextIsPlainIfAPersonCanReadIt(t *testing.T) {
	for text, want := range map[string]bool{
		"":               true,
		"a b\n\tc é 😀":   true,
		"abcdefghi\x01":  true, // one in ten
		"abcdefgh\x01":   false,
		"abcdefgh\xff":   false,
		"abcdefgh\ufffc": true,
		"abcdefgh\n":     true,
	} {
		if isPlainText([]byte(text)) != want {
			t.Errorf("%q: it is %v", text, !want)
		}
	}
}

func TestAWebPageAndARedirectAreCalledThat(t *testing.T) {
	page := refuses(200, "text/html", " \n<html><body>Welcome")
	elsewhere := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://login.example/in?token=TOKEN-SECRET#x")
		w.WriteHeader(302)
	}
	for name, do := range calls {
		err := do(newClient(t), newServer(t, page).URL)
		if !errors.Is(err, ErrInvalidAnswer) || !strings.Contains(err.Error(), "this is a web page") {
			t.Errorf("%s: got %v", name, err)
		}
		for location, to := range map[string]string{"": "an unnamed place", "http://%zz": "an unnamed place", "/in?a#b": "SERVER/in"} {
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", location)
				w.WriteHeader(302)
			})
			err = do(newClient(t), s.URL)
			if to = strings.Replace(to, "SERVER", s.URL, 1); !strings.Contains(err.Error(), "redirects to "+to+",") {
				t.Errorf("%s to %q: got %v", name, location, err)
			}
		}
		err = do(newClient(t), newServer(t, elsewhere).URL)
		if !strings.Contains(err.Error(), "redirects to https://login.example/in,") || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := read(t, newClient(t), newServer(t, page).URL)
	if !strings.Contains(err.Error(), "this is a web page, not a wallet address") {
		t.Errorf("got %v", err)
	}
}

func TestIsGone(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   bool
	}{
		{401, `{"error":{"code":"invalid_continuation"}}`, true},
		{404, `{"error":"invalid_continuation"}`, true},
		{404, `{"error":{"code":"invalid_request","description":"unknown grant"}}`, true},
		{404, `{"error":{"code":"invalid_request","description":"Unknown grant"}}`, true},
		{404, `{"error":{"code":"invalid_request","description":"no such route"}}`, false},
		{400, `{"error":{"code":"invalid_request","description":"unknown grant"}}`, false},
		{401, `{"error":{"code":"request_denied"}}`, false},
		{404, `{"error":{"code":"request_denied","description":"unknown grant"}}`, false},
		{404, `Not Found`, false},
		{503, `{"error":{"code":"invalid_continuation"}}`, false},
		{200, `{"error":{"code":"invalid_continuation"}}`, false},
		{200, `<html>`, false},
	} {
		s := newServer(t, answer(c.status, c.body))
		for _, call := range []string{"cancel", "poll"} {
			if err := calls[call](newClient(t), s.URL); err == nil || IsGone(err) != c.want {
				t.Errorf("%s, %d %s: got %v", call, c.status, c.body, err)
			}
		}
	}
	if IsGone(nil) || IsGone(ErrRefused) {
		t.Error("nothing says that it is gone")
	}
}

func TestAGrantIsGoneOnlyWithAStatusThatSaysSo(t *testing.T) {
	for status, gone := range map[int]bool{400: false, 401: true, 403: false, 404: true, 409: false, 429: false, 500: false} {
		s := newServer(t, answer(status, `{"error":{"code":"invalid_continuation"}}`))
		if err := calls["cancel"](newClient(t), s.URL); IsGone(err) != gone {
			t.Errorf("%d: gone is %v: %v", status, !gone, err)
		}
	}
}
