package httpsig

import (
	"net/http"
	"regexp"
	"testing"
)

func TestTheCharactersOfAHost(t *testing.T) {
	host := regexp.MustCompile(`^[-._~!$&'()*+,;=:\[\]0-9A-Za-z]$`) // RFC 3986 section 3.2.2, without %
	eachByte(func(s string) {
		if got, want := isHost("a"+s+"b"), host.MatchString(s); got != want {
			t.Errorf("a%qb: got %v, want %v", s, got, want)
		}
	})
	if isHost("") {
		t.Error("an empty host is one")
	}
}

func TestTheCharactersOfATarget(t *testing.T) {
	visible := regexp.MustCompile(`^[!-~]$`)
	eachByte(func(s string) {
		if got, want := isVisible("a"+s+"b"), visible.MatchString(s); got != want {
			t.Errorf("a%qb: got %v, want %v", s, got, want)
		}
	})
}

func TestOnlyATargetInAbsoluteFormIsChanged(t *testing.T) {
	for target, want := range map[string]string{
		"http://a.example/b?c":         "/b?c",
		"HTTPS://a.example:443/b":      "/b",
		"http://a.example":             "/",
		"http://a.example?":            "/?",
		"http://a.example/%c3%A9/%2f?": "/%c3%A9/%2f?",
		"/b?c":                         "/b?c",
		`/"b"`:                         `/"b"`,
		"//a.example/b":                "//a.example/b",
		"/b?u=http://a.example/c":      "/b?u=http://a.example/c",
		"*":                            "*",
		"host:443":                     "host:443", // of CONNECT, as the next
		"127.0.0.1:443":                "127.0.0.1:443",
		"http:/b":                      "http:/b",
		"http:///b":                    "http:///b",
		"b?u=http://a.example/c":       "b?u=http://a.example/c",
	} {
		if got := originForm(target); got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
}

func TestTheLengthThatWasReceived(t *testing.T) {
	for name, c := range map[string]struct {
		header string // "": there is no such field
		length int64
		want   string // "": the message has no such field
	}{
		"none":                   {"", 0, ""},
		"unknown":                {"", -1, ""},
		"a field":                {"2", 2, "2"},
		"a field that says zero": {"0", 0, "0"},
		"no field":               {"", 1, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &message{header: http.Header{}, length: c.length}
			if c.header != "" {
				m.header.Set("Content-Length", c.header)
			}
			got := m.field("content-length")
			if (got == nil) != (c.want == "") || got != nil && got[0] != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
