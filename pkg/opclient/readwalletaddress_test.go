package opclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// document is the wallet address of a path; SERVER is the server's URL.
func document(path string) string {
	return `{"id":"SERVER` + path + `","publicName":"Alice","assetCode":"USD","assetScale":2,` +
		`"authServer":"SERVER/auth","resourceServer":"SERVER/op"}`
}

// wallets serves documents by path. "302 /x" redirects. A first line "Name: value"
// is a header.
func wallets(t *testing.T, paths map[string]string) *server {
	return newServer(t, func(w http.ResponseWriter, r *http.Request) {
		text, ok := paths[r.URL.Path]
		for {
			line, rest, more := strings.Cut(text, "\n")
			name, value, header := strings.Cut(line, ": ")
			if !more || !header {
				break
			}
			w.Header().Set(name, value)
			text = rest
		}
		var status int
		var to string
		if n, _ := fmt.Sscanf(text, "%d %s", &status, &to); n == 2 {
			w.Header().Set("Location", strings.ReplaceAll(to, "SERVER", "http://"+r.Host))
			w.WriteHeader(status)
			return
		}
		if !ok {
			w.WriteHeader(404)
			return
		}
		answer(200, text)(w, r)
	})
}

func read(t *testing.T, c *Client, address string) (*WalletAddress, error) {
	t.Helper()
	return c.WalletAddress(context.Background(), address)
}

func TestWalletAddressIsReadUnsigned(t *testing.T) {
	s := wallets(t, map[string]string{"/alice": document("/alice")})
	c, err := New(Config{InsecureAllowLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(t, c, " "+s.URL+"/alice ")
	want := WalletAddress{s.URL + "/alice", "Alice", "USD", 2, s.URL + "/auth", s.URL + "/op"}
	if err != nil || *got != want {
		t.Fatalf("got %+v, %v", got, err)
	}
	r := s.only(t)
	if r.Method != "GET" || r.Header.Get("Accept") != "application/json" || r.Header.Get("Signature") != "" || len(r.body) != 0 {
		t.Errorf("sent %s %v", r.Method, r.Header)
	}
}

func TestTheWalletAddressIsWhatTheWalletCallsItself(t *testing.T) {
	for name, c := range map[string]struct {
		paths map[string]string
		want  string // the path of the id; empty: refused
		asked string // paths in the order in which they were asked
	}{
		"it names itself": {
			map[string]string{"/me": document("/me")}, "/me", "/me",
		},
		"it names another, which names itself": {
			map[string]string{"/me": document("/alice"), "/alice": document("/alice")}, "/alice", "/me /alice",
		},
		"it names another, which names a third": {
			map[string]string{"/me": document("/alice"), "/alice": document("/bob"), "/bob": document("/bob")}, "", "/me /alice",
		},
		"it names another, which names it back": {
			map[string]string{"/me": document("/alice"), "/alice": document("/me")}, "", "/me /alice",
		},
		"it names another, which is not there": {
			map[string]string{"/me": document("/alice")}, "", "/me /alice",
		},
		"it redirects to one that names itself": {
			map[string]string{"/me": "302 /alice", "/alice": document("/alice")}, "/alice", "/me /alice",
		},
		"it names another, which redirects to one that names itself": {
			map[string]string{"/me": document("/alice"), "/alice": "302 /carol", "/carol": document("/carol")}, "", "/me /alice /carol",
		},
		"it names another, which redirects to one that names it": {
			map[string]string{"/me": document("/alice"), "/alice": "302 /carol", "/carol": document("/alice")}, "/alice", "/me /alice /carol",
		},
		"it redirects to one that names it": {
			map[string]string{"/me": "307 /alice", "/alice": document("/me")}, "/me", "/me /alice",
		},
		"it redirects to one that names another": {
			map[string]string{"/me": "308 SERVER/alice#top", "/alice": document("/bob"), "/bob": document("/bob")}, "/bob", "/me /alice /bob",
		},
		"three hops": {
			map[string]string{"/me": "301 /1", "/1": "302 /2", "/2": "303 /alice", "/alice": document("/alice")}, "/alice", "/me /1 /2 /alice",
		},
		"four hops": {
			map[string]string{"/me": "301 /1", "/1": "302 /2", "/2": "303 /3", "/3": "307 /alice", "/alice": document("/alice")}, "", "/me /1 /2 /3",
		},
		"a circle": {
			map[string]string{"/me": "302 /me"}, "", "/me /me /me /me",
		},
		"a choice":               {map[string]string{"/me": "300 /alice", "/alice": document("/alice")}, "", "/me"},
		"a redirect to nowhere":  {map[string]string{"/me": "302 http://%zz/"}, "", "/me"},
		"a redirect to ftp":      {map[string]string{"/me": "302 ftp://127.0.0.1/"}, "", "/me"},
		"a redirect with a user": {map[string]string{"/me": "302 http://u@127.0.0.1/"}, "", "/me"},
	} {
		t.Run(name, func(t *testing.T) {
			s := wallets(t, c.paths)
			got, err := read(t, newClient(t), s.URL+"/me")
			var asked []string
			for _, r := range s.requests() {
				asked = append(asked, r.URL.Path)
			}
			if strings.Join(asked, " ") != c.asked {
				t.Errorf("asked %v, want %s", asked, c.asked)
			}
			if c.want == "" {
				if err == nil || errors.Is(err, ErrOutcomeUnknown) {
					t.Errorf("got %+v, %v", got, err)
				}
				return
			}
			if err != nil || got.ID != s.URL+c.want {
				t.Errorf("got %+v, %v; want the id %s", got, err, c.want)
			}
		})
	}
}

func TestARedirectOfAWalletAddressIsGuarded(t *testing.T) {
	s := wallets(t, map[string]string{"/me": document("/me")})
	for _, to := range []string{s.URL + "/me", "https://10.0.0.1/", "https://localhost/", "https://wallet.example:8443/"} {
		reached := false
		c := newClient(t, func(c *Config) {
			c.InsecureAllowLocal = false
			c.HTTP = &http.Client{Transport: first{to, &reached}}
		})
		_, err := read(t, c, "https://wallet.example/me")
		if !errors.Is(err, ErrForbiddenAddress) || !reached {
			t.Errorf("%s: got %v", to, err)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("the private server saw %d requests", n)
	}
}

// first redirects the first request and leaves the second to the real transport.
type first struct {
	to      string
	reached *bool
}

func (f first) RoundTrip(r *http.Request) (*http.Response, error) {
	if !*f.reached {
		*f.reached = true
		return &http.Response{StatusCode: 302, Header: http.Header{"Location": {f.to}}, Body: http.NoBody}, nil
	}
	strict, _ := New(Config{})
	return strict.transport.RoundTrip(r)
}

func TestAWalletAddressThatIsNotAsOpenPaymentsSays(t *testing.T) {
	good := document("/me")
	for _, c := range []struct{ old, new, why string }{
		{good, `nonsense`, "not JSON"},
		{good, ``, "the answer is empty, not a wallet address"},
		{good, "\xef\xbb\xbf \n<!DOCTYPE html><p>", "this is a web page, not a wallet address"},
		{good, "\xff\xfe{\x00", "UTF-16"},
		{good, `{"id":"` + strings.Repeat("x", 200<<10) + `"}`, "larger than"},
		{`"id":"SERVER/me",`, ``, "id is missing"},
		{`SERVER/me`, `/me`, "id: the URL must start with https://"},
		{`"Alice"`, `7`, "publicName must be a string"},
		{`"assetCode":"USD",`, ``, "assetCode is missing"},
		{`"assetCode":"USD"`, `"assetCode":null`, "assetCode must be a string"},
		{`"assetCode":"USD"`, `"assetCode":"` + strings.Repeat("U", 65) + `"`, "assetCode is longer than 64 bytes"},
		{`"assetCode":"USD"`, `"assetCode":""`, "assetCode is empty"},
		{`"assetScale":2`, `"assetScale":null`, "assetScale must be a number"},
		{`"id":"SERVER/me"`, `"id":null`, "id must be a string"},
		{`"authServer":"SERVER/auth"`, `"authServer":null`, "authServer must be a string"},
		{`SERVER/op`, `SERVER/` + strings.Repeat("o", 5000), "resourceServer is longer than 4096 bytes"},
		{`"assetScale":2,`, ``, "assetScale is missing"},
		{`"assetScale":2`, `"assetScale":"2"`, "assetScale must be a number"},
		{`"assetScale":2`, `"assetScale":256`, "assetScale must be a whole number from 0 to 255"},
		{`"assetScale":2`, `"assetScale":2.5`, "assetScale must be a whole number from 0 to 255"},
		{`"authServer":"SERVER/auth",`, ``, "authServer is missing"},
		{`SERVER/auth`, `http://u:p@wallet.example/`, "authServer: the URL must not hold a user"},
		{`,"resourceServer":"SERVER/op"`, ``, "resourceServer is missing"},
		{`SERVER/op`, `gopher://wallet.example/`, "resourceServer: the URL must start with https://"},
	} {
		s := wallets(t, map[string]string{"/me": edit(t, good, c.old, c.new)})
		_, err := read(t, newClient(t), s.URL+"/me")
		if !errors.Is(err, ErrInvalidAnswer) || errors.Is(err, ErrOutcomeUnknown) || !strings.Contains(fmt.Sprint(err), c.why) {
			t.Errorf("%.40s for %.40s: got %v, want %q", c.new, c.old, err, c.why)
		}
	}
}

func TestUnderTheStrictGuardAllURLsOfAWalletAddressMustBePublic(t *testing.T) {
	const good = `{"id":"https://w.example/","assetCode":"USD","assetScale":2,"authServer":"https://a.example/","resourceServer":"https://r.example/"}`
	for _, c := range []struct{ old, new string }{
		{"https://w.example/", "http://w.example/"},
		{"https://a.example/", "https://127.0.0.1/"},
		{"https://a.example/", "https://a.example:8443/"},
		{"https://r.example/", "https://[::1]/"},
	} {
		var broken error
		r := &reply{status: 200, body: []byte(edit(t, good, c.old, c.new))}
		walletAddressOf(parseAnswer(r, &broken), false)
		if !errors.Is(broken, ErrForbiddenAddress) {
			t.Errorf("%s: got %v", c.new, broken)
		}
	}
}

func TestAnAddressThatMakesNoSenseIsNotAsked(t *testing.T) {
	_, err := read(t, newClient(t), "alice")
	if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != "walletAddress" {
		t.Errorf("got %v", err)
	}
}

func TestAWalletThatIsNotThere(t *testing.T) {
	for status, want := range map[int]bool{403: false, 404: true, 405: false, 409: false, 410: true, 411: false} {
		_, err := read(t, newClient(t), newServer(t, answer(status, "")).URL+"/nobody")
		wantClasses(t, err, ErrRefused)
		if errors.Is(err, ErrNotFound) != want {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

func TestWhyARedirectIsNotFollowed(t *testing.T) {
	_, err := read(t, newClient(t), newServer(t, answer(302, "")).URL+"/me")
	if !errors.Is(err, ErrInvalidAnswer) || !strings.Contains(fmt.Sprint(err), "without a usable Location") {
		t.Errorf("got %v", err)
	}
	for location, why := range map[string]string{
		"302 http://%zz/":          "without a usable Location",
		"300 /alice":               "300 is not a redirect that can be followed",
		"302 ftp://127.0.0.1/":     "it redirects to ftp://127.0.0.1/, which is not allowed",
		"302 http://u@127.0.0.1/a": "it redirects to http://127.0.0.1/a, which is not allowed",
	} {
		s := wallets(t, map[string]string{"/me": location})
		_, err := read(t, newClient(t), s.URL+"/me")
		if !errors.Is(err, ErrInvalidAnswer) || !strings.Contains(fmt.Sprint(err), why) {
			t.Errorf("%s: got %v", location, err)
		}
	}
}

func TestAllHopsTogetherEndInTime(t *testing.T) {
	var hops atomic.Int32
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(60 * time.Millisecond):
		case <-r.Context().Done():
		}
		http.Redirect(w, r, fmt.Sprintf("/%d", hops.Add(1)), http.StatusFound)
	})
	c := newClient(t, func(c *Config) { c.Timeout = 100 * time.Millisecond })
	_, err := read(t, c, s.URL+"/me")
	if !errors.Is(err, ErrTimeout) {
		t.Errorf("got %v", err)
	}
}
