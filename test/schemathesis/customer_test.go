//go:build tools

package schemathesis

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/opgrants/opgrants/test/openapi/own"
)

// A customer stands between Schemathesis and the service. It has a grant that it has
// consented to and that the app has claimed.
type customer struct {
	service *service
	errorf  func(format string, args ...any)

	mu                       sync.Mutex
	grant                    string // its id; "": a new one is needed
	asked                    int    // how often for a payment
	grants, payments, tokens int    // that were made for Schemathesis
}

var payments = regexp.MustCompile(`^/grants/([A-Za-z0-9_-]{22})/payments$`)

// look looks at each exchange with the service.
func (c *customer) look(e *own.Exchange, seen own.Seen, err error) {
	if err != nil {
		c.errorf("docs/openapi.yaml: %s %s?%s: %v", e.Method, e.Path, e.Query, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case seen.Operation == "requestGrant" && seen.Status == http.StatusCreated:
		c.grants++
	case seen.Operation == "makePayment" && seen.Status == http.StatusCreated:
		c.payments++
	case seen.Operation == "getAccessToken" && seen.Status == http.StatusOK:
		c.tokens++
	case seen.Operation == "revokeGrant":
		c.grant = ""
	}
}

// rewrite sends a request to the service. The id of the description's example becomes
// that of the customer's grant; and so does that of every second grant that is to be
// paid from: nobody has consented to the grants that Schemathesis has asked for.
func (c *customer) rewrite(r *httputil.ProxyRequest) {
	r.SetURL(c.service.url)
	c.mu.Lock()
	defer c.mu.Unlock()
	from := exampleID
	if found := payments.FindStringSubmatch(r.Out.URL.Path); found != nil && r.Out.Method == http.MethodPost {
		if c.asked++; c.asked%2 == 0 {
			from = found[1]
		}
	}
	if !strings.HasPrefix(r.Out.URL.Path, "/grants/"+from) {
		return
	}
	if c.grant == "" {
		id, err := c.consent()
		if err != nil {
			c.errorf("%v", err)
			return
		}
		c.grant = id
	}
	r.Out.URL.Path = strings.Replace(r.Out.URL.Path, from, c.grant, 1)
	r.Out.URL.RawPath = ""
}

// consent asks for a grant, allows it and claims it.
func (c *customer) consent() (id string, err error) {
	var g struct{ ID, ConsentURL string }
	if _, err := c.send(http.MethodPost, c.service.url.JoinPath("grants").String(), `{"walletAddress":"`+c.service.wallet.URL()+
		`/alice","limits":{"debitAmount":{"value":"1000000"}},"quote":true,"returnUrl":"`+returnURL+`"}`, &g); err != nil {
		return "", err
	}
	link, err := c.service.wallet.Approve(g.ConsentURL)
	if err != nil {
		return "", err
	}
	back, err := c.send(http.MethodGet, link, "", nil)
	if err != nil {
		return "", err
	}
	_, err = c.send(http.MethodPost, c.service.url.JoinPath("grants", g.ID, "claim").String(), `{"code":"`+back.Get("code")+`"}`, &g)
	return g.ID, err
}

// send sends a request, reads the answer into target, and returns the query to which it
// redirects.
func (c *customer) send(method, at, body string, target any) (back url.Values, err error) {
	r, err := http.NewRequest(method, at, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 400 {
		return nil, errors.Join(err, fmt.Errorf("%s %s: %d %s", method, at, answer.StatusCode, text))
	}
	to, err := answer.Location()
	if err == nil {
		back = to.Query()
	}
	if target != nil {
		return back, json.Unmarshal(text, target)
	}
	return back, nil
}
