package returnurl_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/returnurl"
)

func TestAnEntryMatches(t *testing.T) {
	for _, tt := range []struct {
		entry, url string
		matches    bool
	}{
		{"https://shop.example/thanks", "https://shop.example/thanks?order=7", true},
		{"https://shop.example/thanks", "HTTPS://Shop.Example:443/thanks", true},
		{"https://shop.example", "https://shop.example/", true},
		{"https://shop.example/thanks", "https://shop.example/thanks/", false},
		{"https://shop.example/thanks", "https://shop.example/Thanks", false},
		{"https://shop.example/thanks", "https://shop.example:8443/thanks", false},
		{"https://shop.example/thanks", "http://shop.example:443/thanks", false},
		{"https://shop.example/thanks", "https://shop.example.evil.example/thanks", false},
		{"https://shop.example/a", "https://shop.example/%61", false},
		{"com.example.shop://thanks", "com.example.shop://thanks?order=7", true},
		{"com.example.shop://thanks", "COM.example.shop://thanks", true},
		{"com.example.shop:/thanks", "com.example.shop:/thanks?order=7", true},
		{"com.example.shop:/thanks", "com.example.shop://thanks", false},
		{"com.example.shop://thanks", "com.example.other://thanks", false},
		{"com.example.shop://", "com.example.shop://evil", false},
		{"http://127.0.0.1/back", "http://127.0.0.1:51004/back", true},
		{"http://[::1]/back", "http://[::1]:51004/back", true},
		{"http://localhost/back", "http://localhost:3000/back", true},
		{"http://localhost/back", "http://localhost/back", true},
		{"http://localhost:3000/back", "http://localhost:3000/back", true},
		{"http://localhost:3000/back", "http://localhost:3001/back", false},
		{"http://127.0.0.1/back", "https://127.0.0.1:51004/back", false},
		{"http://127.0.0.1/back", "http://[::1]:51004/back", false},
		{"http://127.0.0.1/back", "http://127.0.0.1:51004/other", false},
		{"http://127.0.0.1/back", "http://127.0.0.1.evil.example:80/back", false},
		{"https://shop.example/thanks", "https://shop.example:51004/thanks", false},
	} {
		allowed, err := returnurl.Parse(tt.entry, false)
		if err != nil {
			t.Errorf("%s: %v", tt.entry, err)
			continue
		}
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if allowed.Matches(u) != tt.matches {
			t.Errorf("%s matches %s: %v", tt.entry, tt.url, !tt.matches)
		}
	}
}

func TestTheZeroEntryMatchesNothing(t *testing.T) {
	for _, raw := range []string{"", "/", "https://shop.example", "//"} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if (returnurl.Allowed{}).Matches(u) {
			t.Errorf("it matches %q", raw)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"https://shop.example/thanks", "com.example.shop:/thanks", "http://[::1]/x", "https://*.example", "http://localhost:3000", "a.b:", "https://u:p@h/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		allowed, err := returnurl.Parse(entry, false)
		if err != nil {
			if len(entry) > 12 && strings.Contains(err.Error(), entry) {
				t.Errorf("the error repeats %q: %v", entry, err)
			}
			return
		}
		u, err := url.Parse(entry)
		if err != nil || !allowed.Matches(u) {
			t.Errorf("%q does not match itself", entry)
		}
		if u.Scheme != "https" && !returnurl.IsLoopback(u.Hostname()) && !strings.Contains(u.Scheme, ".") {
			t.Errorf("%q is allowed", entry)
		}
		if u.User != nil || u.RawQuery != "" || strings.ContainsAny(entry, "#*") {
			t.Errorf("%q is allowed", entry)
		}
	})
}
