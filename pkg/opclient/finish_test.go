package opclient

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// The example of RFC 9635 section 4.2.3.
var rfcPending = Pending{
	Nonce:         "VJLO6A4CATR0KRO",
	Finish:        "MBDOFXG4Y5CVJCX821LH",
	GrantEndpoint: "https://server.example.com/tx",
}

const (
	rfcRef  = "4IFWWIKYB2PQ6U56NL1"
	rfcHash = "x-gguKWTj8rQf7d7i3w3UhzvuJ5bpOlKyAlVpLxBffY"
)

func TestVerifyFinishTakesTheExampleOfTheRFC(t *testing.T) {
	ref, err := rfcPending.VerifyFinish(url.Values{"hash": {rfcHash}, "interact_ref": {rfcRef}})
	if err != nil || ref != rfcRef {
		t.Errorf("got %q, %v", ref, err)
	}
}

func hashOf(p Pending, ref, endpoint string) []byte {
	hash := sha256.Sum256([]byte(string(p.Nonce) + "\n" + string(p.Finish) + "\n" + ref + "\n" + endpoint))
	return hash[:]
}

func TestVerifyFinishTakesEachEncodingOfTheHash(t *testing.T) {
	for name, encoding := range map[string]*base64.Encoding{
		"base64url": base64.RawURLEncoding, "base64url padded": base64.URLEncoding,
		"base64": base64.RawStdEncoding, "base64 padded": base64.StdEncoding,
	} {
		hash := encoding.EncodeToString(hashOf(rfcPending, rfcRef, rfcPending.GrantEndpoint))
		for how, text := range map[string]string{
			"encoded": url.QueryEscape(hash), "not encoded": hash, "encoded twice": url.QueryEscape(url.QueryEscape(hash)),
		} {
			query, _ := url.ParseQuery("hash=" + text + "&interact_ref=" + rfcRef)
			if _, err := rfcPending.VerifyFinish(query); err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
		if strings.Contains(name, "url") == strings.Contains(hash, "+") {
			t.Errorf("%s: the test's hash does not try the plus sign", name)
		}
	}
}

func TestVerifyFinishTakesThreeSpellingsOfTheGrantEndpoint(t *testing.T) {
	for _, c := range []struct {
		asked, hashed string
		good          bool
	}{
		{"https://a.example/auth", "https://a.example/auth", true},
		{"https://a.example/auth", "https://a.example/auth/", true},
		{"https://a.example/auth/", "https://a.example/auth", true},
		{"https://a.example/auth", "https://a.example/", true},
		{"https://a.example:8443/auth", "https://a.example:8443/", true},
		{"https://a.example", "https://a.example/", true},
		{"https://a.example/", "https://a.example", true},

		{"https://a.example/auth", "https://a.example", false},
		{"https://a.example/auth", "https://a.example/auth//", false},
		{"https://a.example/auth/v1", "https://a.example/auth", false},
		{"https://a.example/auth", "http://a.example/auth", false},
		{"https://a.example/auth", "https://b.example/auth", false},
		{"https://a.example/auth", "https://A.example/auth", false},
		{"https://a.example/auth", "https://a.example/AUTH", false},
		{"https://a.example/auth", "", false},
	} {
		p := Pending{Nonce: "n", Finish: "f", GrantEndpoint: c.asked}
		hash := base64.RawURLEncoding.EncodeToString(hashOf(p, "ref", c.hashed))
		ref, err := p.VerifyFinish(url.Values{"hash": {hash}, "interact_ref": {"ref"}})
		if (err == nil) != c.good || (ref == "ref") != c.good {
			t.Errorf("asked at %q, hashed %q: got %q, %v", c.asked, c.hashed, ref, err)
		}
	}
}

var malformedHashes = []string{"an empty hash", "a short hash", "a long hash", "two paddings", "padding in place of a character",
	"unused bits that are set", "a hash of other case", "mixed alphabets", "a line break", "a line break for a character", "hexadecimal", "a percent sign"}

func TestVerifyFinishRefuses(t *testing.T) {
	last := rfcHash[:42] + "Z" // another spelling of the same 32 bytes: Y and Z differ in unused bits
	for name, query := range map[string]string{
		"no hash":                         "interact_ref=" + rfcRef,
		"an empty hash":                   "hash=&interact_ref=" + rfcRef,
		"two hashes":                      "hash=" + rfcHash + "&hash=" + rfcHash + "&interact_ref=" + rfcRef,
		"no interact_ref":                 "hash=" + rfcHash,
		"an empty interact_ref":           "hash=" + rfcHash + "&interact_ref=",
		"two interact_refs":               "hash=" + rfcHash + "&interact_ref=" + rfcRef + "&interact_ref=" + rfcRef,
		"another interact_ref":            "hash=" + rfcHash + "&interact_ref=" + rfcRef + "x",
		"a hash of other case":            "hash=" + strings.ToLower(rfcHash) + "&interact_ref=" + rfcRef,
		"a short hash":                    "hash=" + rfcHash[:42] + "&interact_ref=" + rfcRef,
		"a long hash":                     "hash=" + rfcHash + "A&interact_ref=" + rfcRef,
		"two paddings":                    "hash=" + rfcHash + "==&interact_ref=" + rfcRef,
		"padding in place of a character": "hash=" + rfcHash[:42] + "=&interact_ref=" + rfcRef,
		"unused bits that are set":        "hash=" + last + "&interact_ref=" + rfcRef,
		"mixed alphabets":                 "hash=" + strings.Replace(rfcHash, "-", "%2B", 1) + "_&interact_ref=" + rfcRef,
		"a line break":                    "hash=" + rfcHash[:20] + "%0A" + rfcHash[20:] + "&interact_ref=" + rfcRef,
		"a line break for a character":    "hash=" + rfcHash[:42] + "%0A&interact_ref=" + rfcRef,
		"a percent sign":                  "hash=" + rfcHash[:42] + "%25&interact_ref=" + rfcRef,
		"hexadecimal":                     "hash=" + strings.Repeat("ab", 32) + "&interact_ref=" + rfcRef,
		"nothing":                         "",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		ref, err := rfcPending.VerifyFinish(values)
		if !errors.Is(err, ErrHash) || ref != "" {
			t.Errorf("%s: got %q, %v", name, ref, err)
		}
		if malformed := strings.Contains(fmt.Sprint(err), "not SHA-256 in base64"); malformed != slices.Contains(malformedHashes, name) {
			t.Errorf("%s: malformed is %v: %v", name, malformed, err)
		}
	}
}

// Mixed alphabets in a hash of which both halves would be right.
func TestVerifyFinishRefusesMixedAlphabets(t *testing.T) {
	for i := range 1000 {
		p := Pending{Nonce: Secret(strings.Repeat("n", i+1)), Finish: "f", GrantEndpoint: "https://a.example/"}
		hash := base64.RawStdEncoding.EncodeToString(hashOf(p, "ref", p.GrantEndpoint))
		if strings.Contains(hash, "+") && strings.Contains(hash, "/") {
			mixed := strings.ReplaceAll(hash, "+", "-")
			if _, err := p.VerifyFinish(url.Values{"hash": {mixed}, "interact_ref": {"ref"}}); !errors.Is(err, ErrHash) {
				t.Errorf("%s: got %v", mixed, err)
			}
			return
		}
	}
	t.Fatal("no hash with both characters")
}

func TestVerifyFinishRefusesAnEndpointThatIsNoURL(t *testing.T) {
	p := Pending{Nonce: "n", Finish: "f", GrantEndpoint: "https://%zz"}
	if _, err := p.VerifyFinish(url.Values{"hash": {rfcHash}, "interact_ref": {"ref"}}); !errors.Is(err, ErrHash) {
		t.Errorf("got %v", err)
	}
}

// Such a hash is right, but there is nothing to continue with.
func TestVerifyFinishRefusesAnEmptyReference(t *testing.T) {
	hash := base64.RawURLEncoding.EncodeToString(hashOf(rfcPending, "", rfcPending.GrantEndpoint))
	if _, err := rfcPending.VerifyFinish(url.Values{"hash": {hash}, "interact_ref": {""}}); !errors.Is(err, ErrHash) {
		t.Errorf("got %v", err)
	}
}

// Without all three secrets anybody could compute a hash.
func TestVerifyFinishRefusesAPendingThatIsNotWhole(t *testing.T) {
	for name, p := range map[string]Pending{
		"no nonce":    {Finish: "f", GrantEndpoint: "https://a.example/"},
		"no finish":   {Nonce: "n", GrantEndpoint: "https://a.example/"},
		"no endpoint": {Nonce: "n", Finish: "f"},
		"zero":        {},
	} {
		hash := base64.RawURLEncoding.EncodeToString(hashOf(p, "ref", p.GrantEndpoint))
		if _, err := p.VerifyFinish(url.Values{"hash": {hash}, "interact_ref": {"ref"}}); !errors.Is(err, ErrHash) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
