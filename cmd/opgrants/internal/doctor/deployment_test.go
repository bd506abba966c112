package doctor_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/doctor"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestSettingsOfTheService(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*config.Serve)
		check   string // "": all is well
		problem doctor.Problem
		says    string
	}{
		"no return URLs":             {func(c *config.Serve) { c.ReturnURLs = nil }, "return_urls", doctor.NothingIsAllowed, "export RETURN_URLS="},
		"empty ones":                 {func(c *config.Serve) { c.ReturnURLs = []string{"", " "} }, "return_urls", doctor.NothingIsAllowed, "RETURN_URLS is empty"},
		"an empty list in JSON":      {func(c *config.Serve) { c.ReturnURLs = []string{"[]"} }, "return_urls", doctor.NothingIsAllowed, "RETURN_URLS is empty"},
		"none, which is allowed":     {func(c *config.Serve) { c.ReturnURLs, c.AllowUnboundGrants = nil, true }, "", "", ""},
		"a wildcard":                 {func(c *config.Serve) { c.ReturnURLs = []string{"https://*.shop.example/"} }, "return_urls", doctor.InvalidSetting, "wildcard"},
		"no token beyond loopback":   {func(c *config.Serve) { c.APIToken, c.Listen, c.PublicURL = "", "0.0.0.0:8080", "" }, "api_token", doctor.NotSet, "bearer token is missing"},
		"no token, on this machine":  {func(c *config.Serve) { c.APIToken = "" }, "", "", ""},
		"a token that is too short":  {func(c *config.Serve) { c.APIToken = "shop:secret" }, "api_token", doctor.InvalidSetting, "22"},
		"a token without characters": {func(c *config.Serve) { c.APIToken = "," }, "api_token", doctor.InvalidSetting, "API_TOKEN"},
		"an unknown power":           {func(c *config.Serve) { c.APIToken = "shop:" + token + ":everything" }, "api_token", doctor.InvalidSetting, "powers"},
		"a payee that is none":       {func(c *config.Serve) { c.Payees = []string{"shop"} }, "settings", doctor.InvalidSetting, "PAYEES"},
		"a level that is none":       {func(c *config.Serve) { c.LogLevel = "LOUD" }, "settings", doctor.InvalidSetting, "POWERTOOLS_LOG_LEVEL"},
		"no data file":               {func(c *config.Serve) { c.DataFile = "" }, "settings", doctor.InvalidSetting, "DATA_FILE"},
		"a public URL with a query":  {func(c *config.Serve) { c.PublicURL = "https://pay.example/?x" }, "public_url", doctor.InvalidSetting, "query"},
		"a public URL of none":       {func(c *config.Serve) { c.PublicURL = "pay.example" }, "public_url", doctor.InvalidSetting, "PUBLIC_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			c.change(&p.Settings)
			if p.Settings.Listen == "0.0.0.0:8080" {
				p.Settings.PublicURL = p.serve(t, func(c *config.Serve) { c.APIToken, c.Listen = "shop:"+token, "127.0.0.1:0" })
			}
			if c.check == "" {
				p.examine(t).mustPass(t)
				return
			}
			p.examine(t).mustFail(t, c.check, c.problem, exit.Usage, c.says)
		})
	}
}

func TestAPublicURLThatABrowserDoesNotReach(t *testing.T) {
	p := newPatient(t)
	service := p.serve(t, nil)
	front := func(change func(w http.ResponseWriter, r *http.Request)) string {
		server := httptest.NewServer(http.HandlerFunc(change))
		t.Cleanup(server.Close)
		return server.URL
	}
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	for name, c := range map[string]struct {
		url     string
		problem doctor.Problem
		says    string
	}{
		"nobody listens":            {"http://127.0.0.1:1", doctor.Unreachable, "opgrants serve"},
		"an encoded path":           {"http://127.0.0.1:1/a%20d", doctor.Unreachable, "opens http://127.0.0.1:1/a%20d does not"},
		"a proxy without a service": {answering(t, 502, nil, "Bad Gateway"), doctor.Unreachable, "502"},
		"a proxy that is busy":      {answering(t, 503, nil, "<html>busy</html>"), doctor.Unreachable, "503"},
		"a password":                {answering(t, 401, http.Header{"Www-Authenticate": {"Basic"}}, ""), doctor.NotOurs, "password"},
		"another page":              {answering(t, 200, nil, "<html>Welcome to nginx!</html>"), doctor.NotOurs, "200"},
		"not found":                 {answering(t, 404, nil, "not found"), doctor.NotOurs, "404"},
		"an API gateway":            {answering(t, 403, nil, `{"message":"Forbidden"}`), doctor.NotOurs, "403"},
		"another path":              {service + "/api", doctor.NotOurs, "path"},
		"a page of login":           {front(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, answeringLogin(t), http.StatusFound) }), doctor.Redirects, "another page"},
		"a query that is lost": {front(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, service+r.URL.Path, http.StatusMovedPermanently)
		}), doctor.Redirects, "query"},
		"a circle":               {front(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) }), doctor.Unreachable, "redirects"},
		"an unknown certificate": {tls.URL, doctor.Unreachable, "certificate"},
		"http behind https":      {strings.Replace(service, "http://", "https://", 1), doctor.Unreachable, "speaks http"},
		"a broken service":       {answering(t, 503, http.Header{"Content-Type": {"text/html"}}, "<p>Code: <code>misconfigured</code></p>"), doctor.ServiceError, "misconfigured"},
	} {
		t.Run(name, func(t *testing.T) {
			p.Settings.PublicURL = c.url
			p.examine(t).mustFail(t, "public_url", c.problem, exit.NotRunning, c.says, "PUBLIC_URL", "curl ")
		})
	}
	for name, url := range map[string]string{
		"itself":         service,
		"with a slash":   service + "/",
		"behind a proxy": front(func(w http.ResponseWriter, r *http.Request) { proxy(w, r, service+r.URL.RequestURI()) }),
		"over a redirect, with query": front(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, service+r.URL.RequestURI(), http.StatusMovedPermanently)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			p.Settings.PublicURL = url
			got := p.examine(t)
			got.mustPass(t)
			if r := got.of("public_url"); !strings.Contains(r.Detail, "on this machine only") {
				t.Errorf("%+v", r)
			}
		})
	}
}

func answeringLogin(t *testing.T) string {
	t.Helper()
	return answering(t, 200, nil, "<html>Log in</html>")
}

// proxy answers what is at the URL.
func proxy(w http.ResponseWriter, r *http.Request, url string) {
	to, err := http.NewRequestWithContext(r.Context(), r.Method, url, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	to.Header = r.Header
	answer, err := http.DefaultTransport.RoundTrip(to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = answer.Body.Close() }()
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}

func TestADeployment(t *testing.T) {
	p := newPatient(t)
	limited := "shop:" + token + ",tills:" + strings.ToUpper(token) + ":payments"
	service := p.serve(t, func(c *config.Serve) { c.APIToken = opclient.Secret(limited) })
	open := p.serve(t, func(c *config.Serve) { c.ReturnURLs = nil })
	unbound := p.serve(t, func(c *config.Serve) { c.ReturnURLs, c.AllowUnboundGrants = nil, true })
	for name, c := range map[string]struct {
		url     string
		change  func(*doctor.Options)
		check   string // "": all is well
		problem doctor.Problem
		code    exit.Code
		says    string
	}{
		"all is well":               {service, nil, "", "", 0, ""},
		"the key is not here":       {service, func(o *doctor.Options) { o.Settings = config.Serve{APIToken: "shop:" + token} }, "", "", 0, ""},
		"no token":                  {service, func(o *doctor.Options) { o.Settings.APIToken = "" }, "api_token", doctor.NotSet, exit.Usage, "bearer token is missing"},
		"a token of somebody else":  {service, func(o *doctor.Options) { o.Settings.APIToken = "shop:00000000000000000000000000000000" }, "api_token", doctor.Unauthenticated, exit.Usage, "does not know"},
		"a token that is none":      {service, func(o *doctor.Options) { o.Settings.APIToken = "shop:x y" }, "api_token", doctor.InvalidSetting, exit.Usage, "API_TOKEN"},
		"a token for payments only": {service, func(o *doctor.Options) { o.Settings.APIToken = opclient.Secret("tills:" + strings.ToUpper(token)) }, "api_token", doctor.NotPermitted, exit.Usage, "may not"},
		"a return URL of none":      {service, func(o *doctor.Options) { o.Settings.ReturnURLs = []string{"https://shop.example/other"} }, "return_urls", doctor.Refused, exit.Usage, "https://shop.example/other"},
		"no return URLs there":      {open, nil, "return_urls", doctor.NothingIsAllowed, exit.Usage, "ReturnUrls"},
		"none, which is allowed":    {unbound, nil, "", "", 0, ""},
		"with a slash":              {service + "/", nil, "", "", 0, ""},
		"the path of grants":        {service + "/grants", nil, "public_url", doctor.Misspelt, exit.Usage, "without /grants"},
		"no scheme":                 {"pay.shop.example", nil, "public_url", doctor.Misspelt, exit.Usage, "opgrants doctor --url https://pay.shop.example"},
		"a query":                   {service + "?x=1", nil, "public_url", doctor.Misspelt, exit.Usage, "query"},
		"not a URL":                 {"pay shop", nil, "public_url", doctor.Misspelt, exit.Usage, "not a URL"},
		"nobody there":              {"http://127.0.0.1:1", nil, "public_url", doctor.Unreachable, exit.NotRunning, "--url"},
		"something else":            {p.wallet.URL(), nil, "public_url", doctor.NotOurs, exit.NotRunning, "--url"},
	} {
		t.Run(name, func(t *testing.T) {
			q := *p
			q.URL = c.url
			if c.change != nil {
				c.change(&q.Options)
			}
			got := q.examine(t)
			if c.check == "" {
				got.mustPass(t)
				return
			}
			got.mustFail(t, c.check, c.problem, c.code, c.says)
			if c.check == "public_url" {
				got.mustSkip(t, "Deployment", "api_token", "return_urls")
			}
		})
	}
	t.Run("http to another machine", func(t *testing.T) {
		q := *p
		q.URL, q.Settings = "http://pay.shop.example", config.Serve{APIToken: "shop:" + token}
		q.Services = roundTripper(func(r *http.Request) (*http.Response, error) {
			t.Errorf("the token may be read on its way to %s", r.URL)
			return nil, http.ErrNotSupported
		})
		q.examine(t).mustFail(t, "public_url", doctor.Misspelt, exit.Usage, "opgrants doctor --url https://pay.shop.example")
	})
}

// With a payer the deployment's own key is used.
func TestADeploymentAsksForAGrant(t *testing.T) {
	p := newPatient(t)
	p.URL, p.Payer = p.serve(t, nil), p.alice
	p.Settings.PrivateKeyPath, p.Settings.WalletAddress = "", ""
	got := p.examine(t)
	got.mustPass(t)
	if r := got.of("grant"); r.Status != doctor.Passed {
		t.Errorf("%+v", r)
	}
	if n := p.wallet.Stats(); n.GrantRequests != 1 || n.Cancels != 1 {
		t.Errorf("the grant was not asked for, or not ended: %+v", n)
	}
	t.Run("without a return URL", func(t *testing.T) {
		q := *p
		q.Settings.ReturnURLs = nil
		got := q.examine(t)
		got.mustPass(t)
		got.mustSkip(t, "RETURN_URLS", "grant")
	})
	if err := p.wallet.SetKeys(p.client); err != nil {
		t.Fatal(err)
	}
	p.examine(t).mustFail(t, "grant", doctor.ServiceError, exit.KeyRefused, "key_refused")
	if err := p.wallet.SetKeys(p.client, sandbox.NewJWK("key-1", p.public)); err != nil {
		t.Fatal(err)
	}
	p.Payer = p.wallet.URL() + "/nobody"
	got = p.examine(t)
	got.mustFail(t, "payer", doctor.NotFound, exit.UnknownWallet, "nobody")
	got.mustSkip(t, "Payer's wallet", "grant")
}

// The bearer token goes to the URL that was given and nowhere else.
func TestATokenIsNotSentOverARedirect(t *testing.T) {
	p := newPatient(t)
	service := p.serve(t, nil)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, service+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
	t.Cleanup(front.Close)
	p.URL = front.URL
	p.examine(t).mustFail(t, "api_token", doctor.NotOurs, exit.NotRunning, "307")
}

// On AWS, API Gateway answers those who do not sign.
func TestADeploymentBehindIAM(t *testing.T) {
	p := newPatient(t)
	service := p.serve(t, nil)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/finish") {
			proxy(w, r, service+r.URL.RequestURI())
			return
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"message":"Forbidden"}`))
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	got := p.examine(t)
	got.mustPass(t)
	got.mustSkip(t, "IAM", "api_token")
	got.mustSkip(t, "Bearer token", "return_urls")
}
