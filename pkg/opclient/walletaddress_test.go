package opclient

import (
	"net/url"
	"strings"
	"testing"
)

func TestParseWalletAddress(t *testing.T) {
	for s, want := range map[string]string{
		"https://wallet.example/alice":       "https://wallet.example/alice",
		"https://wallet.example":             "https://wallet.example",
		"https://wallet.example:443/a/b%20c": "https://wallet.example:443/a/b%20c",
		" \thttps://wallet.example/alice\n":  "https://wallet.example/alice",
		"$wallet.example/alice":              "https://wallet.example/alice",
		"$wallet.example/a/b":                "https://wallet.example/a/b",
		"$wallet.example":                    "https://wallet.example/.well-known/pay",
		"$wallet.example/":                   "https://wallet.example/.well-known/pay",
	} {
		if got, err := ParseWalletAddress(s); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", s, got, err, want)
		}
	}
	for s, why := range map[string]string{
		"":                              "give a wallet address",
		"$":                             "must have a host",
		"$/alice":                       "must have a host",
		"alice":                         "give a wallet address",
		"wallet.example/alice":          "give a wallet address",
		"alice@wallet.example":          "give a wallet address",
		"http://wallet.example/alice":   "https://",
		"ftp://wallet.example/alice":    "https://",
		"https://wallet.example:8443/a": "port 443",
		"$wallet.example:8443/a":        "port 443",
		"https://u:p@wallet.example/a":  "user name",
		"$u@wallet.example/a":           "user name",
		"https://127.0.0.1/alice":       "not a public address",
		"https://wallet.example/a?b=c":  "no query",
		"https://wallet.example/a?":     "no query",
		"$wallet.example?x":             "no query",
		"https://wallet.example/a#b":    "fragment",
		"https://wallet.example/josé":   "percent-encoded",
		"https://wallet.example/a b":    "percent-encoded",
		"$wallet.example\\alice":        "not a URL",
	} {
		if got, err := ParseWalletAddress(s); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: got %q, %v; want an error with %q", s, got, err, why)
		}
	}
}

func TestWalletAddressesThatAreTheSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"https://w.example", "https://W.example:443/", true},
		{"https://w.example/alice", "https://w.example/alice", true},
		{"https://w.example/alice", "https://w.example/Alice", false},
		{"https://w.example/alice", "https://w.example/alice/", false},
		{"https://w.example/a%2Fb", "https://w.example/a/b", false},
		{"https://w.example/", "https://w.example/?x", false},
		{"https://w.example/", "http://w.example/", false},
	} {
		a, _ := url.Parse(c.a)
		b, _ := url.Parse(c.b)
		if sameAddress(a, b) != c.same {
			t.Errorf("%s and %s: want the same: %v", c.a, c.b, c.same)
		}
	}
}

func TestTheLongestWalletAddress(t *testing.T) {
	long := "https://w.example/" + strings.Repeat("a", maxAddress-len("https://w.example/"))
	if _, err := ParseWalletAddress(long); err != nil {
		t.Error(err)
	}
	if _, err := ParseWalletAddress(long + "a"); err == nil || !strings.Contains(err.Error(), "at most 2048 characters") {
		t.Errorf("got %v", err)
	}
}
