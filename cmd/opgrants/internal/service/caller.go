package service

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
)

// caller returns a function that says who calls: the owner of the bearer token, with
// the powers of that token.
// Without tokens, which the configuration allows on loopback only, everybody on this
// machine is the owner "local".
func caller(c *config.Serve, publicURL string) func(*http.Request) (httpapi.Identity, error) {
	if len(c.Tokens) > 0 {
		return httpapi.BearerCaller(func(token string) (httpapi.Identity, bool) {
			found, ok := c.Tokens.Find(token)
			return httpapi.Identity{Owner: found.Owner, Powers: found.Powers}, ok
		})
	}
	public, _ := url.Parse(publicURL) // was checked
	sites := http.NewCrossOriginProtection()
	return func(r *http.Request) (httpapi.Identity, error) {
		err := checkHost(r.Host, public.Host)
		if err == nil {
			err = sites.Check(r)
		}
		if err != nil {
			return httpapi.Identity{}, &httpapi.Unauthenticated{Challenge: "Bearer",
				Detail: "Without API_TOKEN, requests that a web page of another site may have sent are refused: " + err.Error() + "."}
		}
		return httpapi.Identity{Owner: "local", Powers: power.All()}, nil
	}
}

// checkHost refuses a Host that is neither this machine nor PUBLIC_URL. A web page can
// make its own name resolve to this machine; then that name is in Host.
func checkHost(host, public string) error {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.Trim(name, "[]")
	ip := net.ParseIP(name)
	if strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback() || strings.EqualFold(host, public) {
		return nil
	}
	return errors.New("the name in Host is neither this machine's nor that of PUBLIC_URL")
}
