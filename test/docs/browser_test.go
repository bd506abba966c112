//go:build tools

package docs_test

import (
	"context"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// allow is a user who opens a consent link and allows. It returns the URL that
// the browser ends at, which is not on this machine, or is the last page. A
// browser that is sent to the host of a service elsewhere connects to through.
func allow(t *testing.T, consentURL, through string) *url.URL {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	if through != "" {
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if host, _, _ := net.SplitHostPort(address); strings.HasSuffix(host, ".localhost") {
				address = through
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
	}
	client := &http.Client{Jar: jar, Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	visit := func(method string, at *url.URL, body string) *url.URL {
		r, err := http.NewRequestWithContext(t.Context(), method, at.String(), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8") // as browsers do; without */* the wallet answers 406
		if body != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		to := answer.Header.Get("Location")
		if _, refresh, ok := strings.Cut(answer.Header.Get("Refresh"), "url="); ok {
			to = refresh
		}
		if to == "" {
			return nil
		}
		next, err := at.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	at, err := url.Parse(consentURL)
	if err != nil {
		t.Fatal(err)
	}
	visit(http.MethodGet, at, "")
	next := visit(http.MethodPost, at, "choice=accept")
	for hops := 0; next != nil && hops < 10; hops++ {
		at = next
		if host := at.Hostname(); host != "127.0.0.1" && host != "localhost" && !strings.HasSuffix(host, ".localhost") && !strings.Contains(host, ".execute-api.") {
			return at
		}
		next = visit(http.MethodGet, at, "")
	}
	return at
}

// codeAfter is the code in the address bar after a user has allowed.
func codeAfter(t *testing.T, consentURL, through string) string {
	t.Helper()
	end := allow(t, consentURL, through)
	query := end.Query()
	if query.Get("status") != "granted" || query.Get("code") == "" {
		t.Fatalf("the browser ended at %s", end)
	}
	return query.Get("code")
}
