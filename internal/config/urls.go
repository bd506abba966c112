package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// checkPublicURL returns the base URL without a slash at its end, so that paths
// can be added to it.
func checkPublicURL(p *problems, name, value string, local bool) string {
	if value == "" {
		return ""
	}
	checkBaseURL(p, name, value, local)
	return strings.TrimRight(value, "/")
}

// checkReturnURLs checks what a returnUrl may be. Its query is free, so that
// there is none here.
func checkReturnURLs(p *problems, name string, values []string, local bool) {
	for _, v := range values {
		checkBaseURL(p, name, v, local)
	}
}

// checkBaseURL: absolute, https unless it stays on this machine, and nothing
// beyond scheme, host, port and path.
func checkBaseURL(p *problems, name, value string, local bool) {
	u, err := url.Parse(value)
	shown := value
	if at := strings.LastIndexByte(value, '@'); at >= 0 {
		shown = "…" + value[at:] // before it may be a password
	}
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		p.add(name, "%q is not an absolute URL such as https://shop.example/thanks", shown)
	case u.User != nil:
		p.add(name, "%q must not have a user name or password", shown)
	case u.Scheme == "http" && !local && !isLoopback(u.Hostname()):
		p.add(name, "%q must be https; for development, INSECURE_ALLOW_LOCAL=true allows http", shown)
	case u.Scheme != "https" && u.Scheme != "http":
		p.add(name, "%q must be https", shown)
	case u.RawQuery != "" || u.ForceQuery:
		p.add(name, "%q must not have a query", shown)
	case strings.Contains(value, "#"):
		p.add(name, "%q must not have a fragment (#)", shown)
	}
}

// isLoopback reports whether a host names this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
