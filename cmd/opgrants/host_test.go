package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A page of another site can have its own name resolve to this machine, and
// then the browser lets it read the answers.
func TestWithoutATokenAPageOfAnotherSiteCannotCall(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	delete(env, "API_TOKEN")
	url := start(t, env, append(args, "--public-url", "https://tunnel.example")...).listeningAt(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(url, "http://"), ":")
	for name, c := range map[string]struct {
		host   string
		header http.Header
		want   int
	}{
		"by the address":                          {"127.0.0.1:" + port, nil, 201},
		"by the other version's address":          {"[::1]:" + port, nil, 201},
		"by its name":                             {"localhost:" + port, nil, 201},
		"by the name without a port":              {"LocalHost", nil, 201},
		"by the public URL":                       {"tunnel.example", nil, 201},
		"by another name":                         {"attacker.example:" + port, nil, 401},
		"by another name, of the same site":       {"attacker.example", http.Header{"Sec-Fetch-Site": {"same-origin"}}, 401},
		"by a name that looks like this machine":  {"localhost.attacker.example", nil, 401},
		"by an address that is not this machine":  {"192.0.2.1:" + port, nil, 401},
		"by the public name with another port":    {"tunnel.example:" + port, nil, 401},
		"by nobody":                               {"-", nil, 401},
		"from a page of another site":             {"localhost:" + port, http.Header{"Sec-Fetch-Site": {"cross-site"}}, 401},
		"from a page of another site, old style":  {"localhost:" + port, http.Header{"Origin": {"https://attacker.example"}}, 401},
		"from a page of the service's own origin": {"localhost:" + port, http.Header{"Origin": {"http://localhost:" + port}}, 201},
	} {
		t.Run(name, func(t *testing.T) {
			before := p.wallet.Stats().GrantRequests
			r, _ := http.NewRequest(http.MethodPost, url+"/grants", strings.NewReader(order(p)))
			r.Host = c.host
			r.Header = http.Header{"Content-Type": {"application/json"}}
			for name, values := range c.header {
				r.Header[name] = values
			}
			answer, err := checked(t).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if asked := p.wallet.Stats().GrantRequests > before; answer.StatusCode != c.want || asked != (c.want == 201) {
				t.Errorf("answered with %d, want %d; asked: %v", answer.StatusCode, c.want, asked)
			}
		})
	}
	t.Run("but what is for browsers and monitors is there for all", func(t *testing.T) {
		for path, want := range map[string]int{"/healthz": 200, "/grants/AAAAAAAAAAAAAAAAAAAAAA/finish": 400} {
			r, _ := http.NewRequest(http.MethodGet, url+path, nil)
			r.Host = "attacker.example"
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != want {
				t.Errorf("%s answers %d", path, answer.StatusCode)
			}
		}
	})
}

func TestWithATokenAnyNameWillDo(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	url := start(t, env, args...).listening(t)
	r, _ := http.NewRequest(http.MethodPost, url+"/grants", strings.NewReader(order(p)))
	r.Host = "proxy.example"
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + shopToken}}
	answer, err := checked(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 201 {
		t.Errorf("answered with %d", answer.StatusCode)
	}
}
