package lambdahttp_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"testing"
)

func TestResponse(t *testing.T) {
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		status  int
		headers map[string]string
		cookies []string
		body    string
		base64  bool
	}{
		{name: "JSON goes as it is",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(http.StatusNotFound)
				_, _ = w.Write([]byte(`{"detail":"<é>"}`))
			},
			status: 404, headers: map[string]string{"Content-Type": "application/problem+json"}, body: `{"detail":"<é>"}`},
		{name: "bytes that are no text go as base64",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "image/png")
				_, _ = w.Write([]byte("\x89PNG"))
			},
			status: 200, headers: map[string]string{"Content-Type": "image/png"},
			body: base64.StdEncoding.EncodeToString([]byte("\x89PNG")), base64: true},
		{name: "nothing written is 200 and empty", handler: func(http.ResponseWriter, *http.Request) {}, status: 200},
		{name: "a redirect has no body",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "https://shop.example/?a=1&b=2")
				w.WriteHeader(http.StatusSeeOther)
			},
			status: 303, headers: map[string]string{"Location": "https://shop.example/?a=1&b=2"}},
		{name: "a repeated field is joined, each cookie stays one",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Add("Vary", "Accept")
				w.Header().Add("Vary", "Origin")
				w.Header().Add("Set-Cookie", "a=1; Expires=Tue, 22 Apr 2025 08:00:00 GMT")
				w.Header().Add("Set-Cookie", "b=2")
				w.WriteHeader(http.StatusNoContent)
			},
			status: 204, headers: map[string]string{"Vary": "Accept, Origin"},
			cookies: []string{"a=1; Expires=Tue, 22 Apr 2025 08:00:00 GMT", "b=2"}},
		{name: "the first status and its headers stay",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Early", "1")
				w.WriteHeader(http.StatusProcessing)
				w.WriteHeader(http.StatusConflict)
				w.Header().Set("X-Late", "1")
				w.WriteHeader(http.StatusOK)
			},
			status: 409, headers: map[string]string{"X-Early": "1"}},
		{name: "a body without a type gets the one net/http would give",
			handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) },
			status:  200, headers: map[string]string{"Content-Type": "text/plain; charset=utf-8"}, body: "hello"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := answer(t, tc.handler, load(t, "../../events/get-grant.json"))
			if r.StatusCode != tc.status || r.Body != tc.body || r.IsBase64Encoded != tc.base64 {
				t.Errorf("got %d %q base64 %v, want %d %q %v", r.StatusCode, r.Body, r.IsBase64Encoded, tc.status, tc.body, tc.base64)
			}
			if !maps.Equal(r.Headers, tc.headers) {
				t.Errorf("headers = %v, want %v", r.Headers, tc.headers)
			}
			if !slices.Equal(r.Cookies, tc.cookies) {
				t.Errorf("cookies = %q, want %q", r.Cookies, tc.cookies)
			}
		})
	}
}
