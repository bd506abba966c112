package doctor

import (
	"context"
	"errors"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
)

// checkSettings checks the settings as `opgrants serve` does, and keeps what is wrong
// for the checks that are about it.
func (d *doctor) checkSettings() {
	var e *config.Error
	if errors.As(d.Settings.Check(), &e) {
		d.settings = e.Problems
	}
}

// wrong returns the problems of the settings whose names begin so.
func (d *doctor) wrong(names ...string) (says string) {
	for _, p := range d.settings {
		for _, name := range names {
			if strings.HasPrefix(p.Name, name) {
				says += p.Name + " " + strings.TrimSuffix(p.Detail, ".") + ". "
			}
		}
	}
	return strings.TrimSpace(says)
}

const setReturnURLs = "export RETURN_URLS=https://shop.example/thanks"

// checkReturnURLs checks where a browser may return to.
func (d *doctor) checkReturnURLs(context.Context) Result {
	if says := d.wrong("RETURN_URLS"); says != "" {
		return fail(exit.Usage, InvalidSetting, setReturnURLs, "%s", says)
	}
	c := &d.Settings
	switch {
	case len(c.ReturnURLs) == 0 && c.AllowUnboundGrants:
		return pass("RETURN_URLS is empty, and ALLOW_UNBOUND_GRANTS allows grants without a returnUrl.")
	case len(c.ReturnURLs) == 0:
		return fail(exit.Usage, NothingIsAllowed, setReturnURLs,
			"RETURN_URLS is empty: `opgrants serve` refuses each request with return_urls_missing. List the pages of your app that the browser may return to.")
	}
	return pass("The browser may return to %s.", strings.Join(c.ReturnURLs, ", "))
}

const setToken = `export API_TOKEN="shop:$(openssl rand -hex 32)"`

// checkToken checks the bearer tokens of the apps.
func (d *doctor) checkToken(context.Context) Result {
	says := d.wrong("API_TOKEN")
	switch {
	case says != "" && d.Settings.APIToken == "":
		return fail(exit.Usage, NotSet, setToken, "The bearer token is missing: %s", says)
	case says != "":
		return fail(exit.Usage, InvalidSetting, setToken, "%s", says)
	case d.Settings.APIToken == "":
		return pass("None is needed: the service listens on this machine only, and INSECURE_ALLOW_LOCAL is set.")
	}
	var owners []string
	for _, t := range d.Settings.Tokens {
		owners = append(owners, t.Owner)
	}
	return pass("API_TOKEN has the tokens of %s.", strings.Join(owners, ", "))
}

// mine are the settings with a check of their own.
var mine = []string{"WALLET_ADDRESS", "KEY_ID", "PRIVATE_KEY", "RETURN_URLS", "API_TOKEN", "PUBLIC_URL"}

// checkOtherSettings reports everything else that `opgrants serve` would.
func (d *doctor) checkOtherSettings(context.Context) Result {
	says := ""
	for _, p := range d.settings {
		isMine := false
		for _, name := range mine {
			isMine = isMine || strings.HasPrefix(p.Name, name)
		}
		// Of these, only what is missing or no address has a check of its own.
		if !isMine {
			says += p.Name + " " + strings.TrimSuffix(p.Detail, ".") + ". "
		}
	}
	if says != "" {
		return fail(exit.Usage, InvalidSetting, "opgrants serve --help", "%s", strings.TrimSpace(says))
	}
	return pass("`opgrants serve` takes them.")
}

// setPublicURL returns the command that sets another PUBLIC_URL.
func setPublicURL(url string) string { return "export PUBLIC_URL=" + cli.ShellQuote(url) }
