package doctor

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/returnurl"
)

// checkURL checks the spelling of --url, and opens a finish link there as a browser.
func (d *doctor) checkURL(ctx context.Context) Result {
	bad := func(meant, format string, args ...any) Result {
		return fail(exit.Usage, Misspelt, "opgrants doctor --url "+cli.ShellQuote(meant), "--url "+format, args...)
	}
	raw := strings.TrimSpace(d.URL)
	shown := config.Describe(raw)
	const example = "https://pay.shop.example"
	if config.IsKey(raw) || config.HasPassword(raw) {
		return bad(example, "is %s.", shown)
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		if hostAndPath.MatchString(raw) {
			return bad("https://"+raw, "%s must begin with https://.", shown)
		}
		return bad(example, "%s is not a URL such as %s.", shown, example)
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#"):
		u.RawQuery, u.Fragment, u.ForceQuery = "", "", false
		return bad(example, "%s must have no query and no fragment.", shown)
	case u.Scheme == "http" && !returnurl.IsLoopback(u.Hostname()) && !d.Settings.InsecureAllowLocal:
		u.Scheme = "https"
		return bad(u.String(), "%s must be https: the bearer token goes there.", shown)
	}
	base := strings.TrimRight(raw, "/")
	if before, found := strings.CutSuffix(base, "/grants"); found {
		return bad(before, "%s is a path of the service. Give the URL without /grants.", shown)
	}
	d.URL = base
	return d.visit(ctx, "--url", base)
}

// An answer is what the service answers to an app.
type answer struct {
	status int
	code   string // of a problem document
	says   string
	id     string // of a grant
}

// call sends a request to the service as an app does, with the first token of
// API_TOKEN.
func (d *doctor) call(ctx context.Context, method, path string, body any) (answer, error) {
	header := http.Header{"Accept": {"application/json"}}
	if len(d.Settings.Tokens) > 0 {
		header.Set("Authorization", "Bearer "+string(d.Settings.Tokens[0].Value))
	}
	text := ""
	if body != nil {
		header.Set("Content-Type", "application/json")
		encoded, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		text = string(encoded)
	}
	got, err := d.send(ctx, method, d.URL+path, header, strings.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	var said struct{ Code, Detail, Message, ID string }
	_ = json.Unmarshal(got.body, &said) // what is in front of the service may answer anything
	return answer{got.status, said.Code, cli.QuoteForeign(said.Detail + said.Message), said.ID}, nil
}

// unusable is the result for an answer that a check did not expect.
func (d *doctor) unusable(got answer, err error) Result {
	look := "curl -sSi " + cli.ShellQuote(d.URL+"/grants/"+noGrant)
	switch {
	case err != nil:
		return fail(exit.NotRunning, Unreachable, look, "The deployment does not answer: %s.", explainDial(err))
	case got.code != "":
		return fail(codeOf(got.code), ServiceError, look, "The deployment answers %d with the code %s: %s See docs/problems.md.", got.status, got.code, got.says)
	}
	return fail(exit.NotRunning, NotOurs, look, "Not the service answers, but something in front of it: %d %s.", got.status, got.says)
}

// codeOf returns the exit code for a code of a problem document.
func codeOf(code string) exit.Code {
	switch {
	case code == "key_refused":
		return exit.KeyRefused
	case strings.HasPrefix(code, "signing_key_"):
		return exit.Key
	case code == "wallet_not_found":
		return exit.UnknownWallet
	case code == "wallet_refused":
		return exit.WalletRefused
	case strings.HasPrefix(code, "wallet_"):
		return exit.WalletFailed
	}
	return exit.Usage
}

const giveToken = "export API_TOKEN=…"

// checkRemoteToken reads a grant that does not exist.
func (d *doctor) checkRemoteToken(ctx context.Context) Result {
	if says := d.wrong("API_TOKEN"); says != "" && d.Settings.APIToken != "" {
		return fail(exit.Usage, InvalidSetting, giveToken, "%s", says)
	}
	has := len(d.Settings.Tokens) > 0
	got, err := d.call(ctx, http.MethodGet, "/grants/"+noGrant, nil)
	switch {
	case err == nil && got.code == grant.CodeNotFound && has:
		return pass("The deployment knows the token.")
	case err == nil && got.code == grant.CodeNotFound:
		return pass("The deployment needs no token from here.")
	case err == nil && got.status == http.StatusUnauthorized && !has:
		return fail(exit.Usage, NotSet, giveToken, "The bearer token is missing: the deployment answers 401. Set API_TOKEN to a token that it knows.")
	case err == nil && got.status == http.StatusUnauthorized:
		return fail(exit.Usage, Unauthenticated, giveToken, "The deployment does not know the token of API_TOKEN: %s.", got.says)
	case err == nil && got.status == http.StatusForbidden && got.code == "":
		return skip("The deployment takes requests that are signed for AWS (IAM), which this command does not send.")
	case err == nil && got.status == http.StatusForbidden:
		return fail(exit.Usage, NotPermitted, giveToken, "The token of API_TOKEN may not read grants: %s.", got.says)
	}
	return d.unusable(got, err)
}

// The request of checkRemoteReturnURLs. Names that end in .invalid do not exist (RFC
// 2606 section 2), so no wallet is asked.
const (
	noWallet = "https://wallet.invalid/doctor"
	noReturn = "https://shop.invalid/doctor"
)

// checkRemoteReturnURLs asks for grants that cannot be made. The service checks the
// returnUrl before it asks a wallet.
func (d *doctor) checkRemoteReturnURLs(ctx context.Context) Result {
	got, err := d.askGrant(ctx, noWallet, noReturn)
	switch {
	case err == nil && got.code == grant.CodeReturnURLNotAllowed:
		return d.checkOwnReturnURLs(ctx)
	case err == nil && got.code == grant.CodeReturnURLsMissing:
		if got, err = d.askGrant(ctx, noWallet, ""); err == nil && got.code != grant.CodeReturnURLRequired {
			return pass("The deployment allows grants without a returnUrl.")
		}
		return fail(exit.Usage, NothingIsAllowed, setReturnURLs,
			"RETURN_URLS of the deployment is empty: it refuses each request with return_urls_missing. On AWS it is the parameter ReturnUrls.")
	case err == nil && got.status == http.StatusForbidden:
		return fail(exit.Usage, NotPermitted, giveToken, "The token of API_TOKEN may not ask for grants: %s.", got.says)
	}
	return d.unusable(got, err)
}

// checkOwnReturnURLs asks whether the deployment allows those of RETURN_URLS here.
func (d *doctor) checkOwnReturnURLs(ctx context.Context) Result {
	if says := d.wrong("RETURN_URLS"); says != "" {
		return fail(exit.Usage, InvalidSetting, setReturnURLs, "%s", says)
	}
	for _, u := range d.Settings.ReturnURLs {
		got, err := d.askGrant(ctx, noWallet, u)
		if err != nil {
			return d.unusable(got, err)
		}
		if got.code == grant.CodeReturnURLNotAllowed {
			return fail(exit.Usage, Refused, "export RETURN_URLS="+cli.ShellQuote(u), "The deployment does not allow %s. Set RETURN_URLS there: scheme, host, port and path must match.", config.Describe(u))
		}
	}
	if len(d.Settings.ReturnURLs) > 0 {
		return pass("The deployment allows %s.", strings.Join(d.Settings.ReturnURLs, ", "))
	}
	return pass("The deployment has a list of them.")
}

// askGrant asks the deployment for a grant.
func (d *doctor) askGrant(ctx context.Context, wallet, returnURL string) (answer, error) {
	body := map[string]any{"walletAddress": wallet, "limits": map[string]any{"debitAmount": map[string]any{"value": "1"}}}
	if returnURL != "" {
		body["returnUrl"] = returnURL
	}
	return d.call(ctx, http.MethodPost, "/grants", body)
}

// checkGrant has the deployment ask the payer's wallet for a grant, and ends it. So
// the deployment's key is used.
func (d *doctor) checkGrant(ctx context.Context) Result {
	back := ""
	if len(d.Settings.ReturnURLs) > 0 {
		back = d.Settings.ReturnURLs[0]
	}
	got, err := d.askGrant(ctx, d.Payer, back)
	switch {
	case err == nil && got.code == grant.CodeReturnURLRequired:
		return skip("Set RETURN_URLS to a URL that the deployment allows, to check this.")
	case err != nil || got.status != http.StatusCreated || got.id == "":
		return d.unusable(got, err)
	}
	ended, err := d.call(context.WithoutCancel(ctx), http.MethodDelete, "/grants/"+url.PathEscape(got.id), nil)
	if err != nil || ended.status != http.StatusNoContent {
		return d.unusable(ended, err)
	}
	return pass("The deployment asked the wallet for a grant, and ended it.")
}
