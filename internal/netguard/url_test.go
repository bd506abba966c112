package netguard

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestURLsThatMayBeDialled(t *testing.T) {
	for _, raw := range []string{
		"https://wallet.example",
		"https://wallet.example/",
		"https://wallet.example?a=b",
		"https://wallet.example/?",
		"https://wallet.example:443/alice",
		"https://WALLET.example/Alice",
		"https://wallet.example/a%2Fb;c=d/%C3%A9?x=%20&y=+&z=a/b?c",
		"https://wallet.example//alice/../bob/.",
		"https://8.8.8.8/",
		"https://[2606:4700:4700::1111]/",
	} {
		u, err := ParseURL(raw, false)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
		} else if !strings.HasSuffix(raw, u.RequestURI()) && u.RequestURI() != "/" && u.RequestURI() != "/?a=b" {
			t.Errorf("%s would be sent as %s", raw, u.RequestURI())
		}
	}
}

func TestURLsThatMayNotBeDialled(t *testing.T) {
	for raw, why := range map[string]string{
		"http://wallet.example/":            "https://",
		"ftp://wallet.example/":             "https://",
		"//wallet.example/":                 "https://",
		"wallet.example":                    "https://",
		"":                                  "https://",
		"https:wallet.example":              "host",
		"https:///alice":                    "host",
		"https://:443/":                     "host",
		"https://wallet.example:/":          "port",
		"https://wallet.example:8443/":      "port 443",
		"https://wallet.example:0443/":      "port 443",
		"https://user:sesame@host.example/": "user name",
		"https://user@host.example/":        "user name",
		"https://@host.example/":            "user name",
		"https://127.0.0.1/":                "127.0.0.1 is not a public",
		"https://[::1]/":                    "not a public",
		"https://[::ffff:10.0.0.1]/":        "not a public",
		"https://[fe80::1%25eth0]/":         "not a public",
		"https://169.254.169.254/latest":    "not a public",
		"https://wallet.example/#top":       "fragment",
		"https://wallet.example/#":          "fragment",
		"https://wallet.example/é":          "percent-encoded",
		"https://wället.example/":           "Punycode",
		"https://wallet.example/a b":        "percent-encoded",
		"https://wallet.example/?a=\"":      "percent-encoded",
		"https://wallet.example\\@evil/":    "not a URL",
		"https://wallet.example/%zz":        "not a URL",
		"https://wallet.example/\r\nX: y":   "not a URL",
		"https://wallet%2eexample/":         "not a URL",
	} {
		_, err := ParseURL(raw, false)
		if !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: got %v, want a refusal with %q", raw, err, why)
		}
		if err != nil && strings.Contains(err.Error(), "sesame") {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
}

func TestInsecureAllowLocalOpensHTTPPortsAndLocalAddresses(t *testing.T) {
	for _, raw := range []string{"http://127.0.0.1:3000/alice", "https://localhost:8443/", "http://[::1]/", "https://10.0.0.1/"} {
		if _, err := ParseURL(raw, true); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for _, raw := range []string{"ftp://127.0.0.1/", "http://user@localhost/", "http://localhost:/", "http:///"} {
		if _, err := ParseURL(raw, true); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: got %v, want a refusal", raw, err)
		}
	}
}

func TestOriginIsTheSameForAllSpellings(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"https://a.example", "https://A.EXAMPLE:443/x?y", true},
		{"http://a.example", "http://a.example:80/", true},
		{"https://[::1]/", "https://[::1]:443/", true},
		{"https://a.example", "http://a.example", false},
		{"https://a.example", "https://a.example:444", false},
		{"https://a.example", "https://b.a.example", false},
		{"https://a.example", "https://a.example.", false},
	} {
		a, _ := url.Parse(c.a)
		b, _ := url.Parse(c.b)
		if (Origin(a) == Origin(b)) != c.same {
			t.Errorf("%s and %s: %s, %s", c.a, c.b, Origin(a), Origin(b))
		}
	}
}

func TestAURLThatIsTooLongOrIsSentInAnotherFormIsRefused(t *testing.T) {
	prefix := "https://w.example/"
	longest := prefix + strings.Repeat("a", MaxURL-len(prefix))
	for raw, good := range map[string]bool{longest: true, longest + "a": false, "https://w%C3%A9.example/": false, "https://[fe80::1%25en0]/": false, "https://w.example/%41'": true} {
		if _, err := ParseURL(raw, true); (err == nil) != good || err != nil && !errors.Is(err, ErrForbidden) {
			t.Errorf("%.40s: got %v", raw, err)
		}
	}
}
