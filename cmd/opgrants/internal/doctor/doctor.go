package doctor

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Options say what is checked.
type Options struct {
	// Settings are those of `opgrants serve`, not checked yet.
	Settings config.Serve
	// URL is the base URL of a running deployment. Empty: the settings are checked.
	URL string
	// Payer is the wallet address of a user to check too, or empty.
	Payer string
	// KeyFiles are env files with PRIVATE_KEY in them.
	KeyFiles []string

	Wallets  http.RoundTripper // to the servers of wallets
	Services http.RoundTripper // to the deployment, as a browser connects
	Now      func() time.Time  // nil: time.Now
	// Report is called with each result as it comes.
	Report func(Result)
}

// A doctor has what the checks found so far.
type doctor struct {
	Options
	settings []config.Problem // what is wrong with the settings

	key     ed25519.PrivateKey
	address string // of the wallet, as a URL
	wallet  *opclient.WalletAddress
	jwks    *identity.JWKS
	dates   dates
	results []Result
}

// A check is one step of the examination.
type check struct {
	name, title string
	needs       []string // checks that must have passed
	run         func(*doctor, context.Context) Result
}

// Run does all checks in their order and returns their results. The error has the exit
// code and the command of the first that failed. It is nil if none did.
func Run(ctx context.Context, o Options) ([]Result, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &doctor{Options: o}
	d.Wallets, d.Services = d.dates.watch(o.Wallets, o.Now), d.dates.watch(o.Services, o.Now)
	d.checkSettings()
	for _, c := range d.checks() {
		r, blocked := d.skipBlocked(c)
		if !blocked {
			r = c.run(d, ctx)
		}
		if ctx.Err() != nil { // what a check found then is no finding
			return d.results, exit.Interrupted.With("")
		}
		r.Check, r.Title = c.name, c.title
		d.results = append(d.results, r)
		o.Report(r)
	}
	return d.results, d.err()
}

// checks returns the checks in their order.
func (d *doctor) checks() []check {
	mine := []check{
		{"key", "Signing key", nil, (*doctor).checkKey},
		{"key_file", "Key file", nil, (*doctor).checkKeyFile},
		{"wallet_address", "Wallet address", nil, (*doctor).checkWallet},
		{"public_name", "Public name", []string{"wallet_address"}, (*doctor).checkPublicName},
		{"jwks", "JWKS", []string{"wallet_address"}, (*doctor).checkJWKS},
		{"key_id", "Key id", []string{"jwks"}, (*doctor).checkKeyID},
		{"public_key", "Public key", []string{"key", "key_id"}, (*doctor).checkPublicKey},
	}
	signed := check{"signed_request", "Signed request", []string{"key", "wallet_address", "public_name", "public_key"}, (*doctor).checkSignedRequest}
	clock := check{"clock", "Clock", nil, (*doctor).checkClock}
	payer := []check{
		{"payer", "Payer's wallet", nil, (*doctor).checkPayer},
	}
	if d.URL != "" {
		list := append([]check{{"public_url", "Deployment", nil, (*doctor).checkURL}}, mine...)
		list = append(list, clock, signed,
			check{"api_token", "Bearer token", []string{"public_url"}, (*doctor).checkRemoteToken},
			check{"return_urls", "Return URLs", []string{"api_token"}, (*doctor).checkRemoteReturnURLs})
		if d.Payer != "" {
			list = append(list, payer...)
			list = append(list, check{"grant", "Grant", []string{"api_token", "return_urls", "payer"}, (*doctor).checkGrant})
		}
		return list
	}
	list := append(mine, clock, signed)
	if d.Payer != "" {
		list = append(list, payer...)
	}
	return append(list,
		check{"return_urls", "Return URLs", nil, (*doctor).checkReturnURLs},
		check{"api_token", "Bearer token", nil, (*doctor).checkToken},
		check{"settings", "Other settings", nil, (*doctor).checkOtherSettings},
		check{"public_url", "Public URL", nil, (*doctor).checkPublicURL})
}

// skipBlocked returns the result of a check that cannot run, because one that it needs
// did not pass.
func (d *doctor) skipBlocked(c check) (r Result, blocked bool) {
	for _, name := range c.needs {
		i := slices.IndexFunc(d.results, func(r Result) bool { return r.Check == name })
		switch needed := d.results[i]; needed.Status {
		case Failed:
			return skip("Not checked, because the check %q failed.", needed.Title), true
		case Skipped:
			if strings.HasPrefix(needed.Detail, notChecked) {
				return skip("%s", needed.Detail), true
			}
			return skip("Not checked, because the check %q was skipped.", needed.Title), true
		}
	}
	return Result{}, false
}

const notChecked = "Not checked, because"

// err returns the error of the command.
func (d *doctor) err() error {
	var failed []Result
	for _, r := range d.results {
		if r.Status == Failed {
			failed = append(failed, r)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	first := failed[0]
	return first.exit.With("%d of %d checks failed, first %q: %s", len(failed), len(d.results), first.Title, first.Detail).Then(first.Fix)
}
