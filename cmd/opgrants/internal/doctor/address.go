package doctor

import (
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/internal/returnurl"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// allowLocal is the command that allows http and private addresses.
const allowLocal = "export INSECURE_ALLOW_LOCAL=true"

// A setting is a wallet address in the settings: its text, and how to set another.
type setting struct {
	name  string // for people
	value string
	set   string // the command that sets it, without the value
}

// with returns the command that sets the value.
func (s setting) with(value string) string { return s.set + cli.ShellQuote(value) }

const exampleAddress = "https://ilp.interledger-test.dev/your-name"

// checkSpelling returns the address as a URL. If it cannot be one, r says why.
func (d *doctor) checkSpelling(s setting) (address string, r Result, ok bool) {
	raw := strings.TrimSpace(s.value)
	switch {
	case raw == "":
		return "", s.bad(NotSet, s.with(exampleAddress), "is not set. Your wallet shows the address, such as %s.", exampleAddress), false
	case config.IsKey(raw), config.HasPassword(raw) && strings.Contains(raw, "@"):
		return "", s.bad(SecretInSetting, s.with(exampleAddress), "is %s. It must be a wallet address, such as %s.", config.Describe(raw), exampleAddress), false
	}
	address, err := parseAddress(raw, d.Settings.InsecureAllowLocal)
	if err == nil {
		err = d.checkHost(address)
	}
	if err != nil {
		return "", s.explain(raw, err), false
	}
	return address, Result{}, true
}

// bad is the result for a setting that is no wallet address.
func (s setting) bad(problem Problem, fix, format string, args ...any) Result {
	return fail(exit.UnknownWallet, problem, fix, s.name+" "+format, args...)
}

// explain says what is wrong with a text that is no wallet address, and what may be
// meant.
func (s setting) explain(raw string, err error) Result {
	shown := config.Describe(raw)
	if u, wrong := url.Parse(raw); wrong == nil && u.Hostname() != "" {
		local, isHTTP := isLocal(u.Hostname()), strings.EqualFold(u.Scheme, "http")
		switch {
		case isHTTP && local:
			return s.bad(HTTP, allowLocal, "is %s. A wallet address begins with https://. For development on this machine, INSECURE_ALLOW_LOCAL=true allows http.", shown)
		case isHTTP:
			secure := url.URL{Scheme: "https", Host: u.Host, Path: u.Path, RawPath: u.RawPath}
			return s.bad(HTTP, s.with(secure.String()), "is %s. A wallet address begins with https://, not http://.", shown)
		case local && strings.EqualFold(u.Scheme, "https"):
			return s.bad(PrivateAddress, allowLocal, "is %s, at an address that is not public. No wallet's server can read it there. For development on this machine, INSECURE_ALLOW_LOCAL=true allows it.", shown)
		}
	}
	if strings.HasPrefix(raw, ".") || strings.HasPrefix(raw, "/") {
		return s.bad(Misspelt, s.with("$wallet.example/your-name"), "is %s, which lacks its beginning. A shell replaces $… in double quotes: write a payment pointer in single quotes, or as a URL with https://.", shown)
	}
	if meant := respell(raw); meant != "" {
		return s.bad(Misspelt, s.with(meant), "is %s. Did you mean %s? A payment pointer is $host/path, a URL begins with https://.", shown, meant)
	}
	return s.bad(Misspelt, s.with(exampleAddress), "is %s, which cannot be used: %v.", shown, err)
}

// checkHost refuses hosts that a URL may have and a server on the Internet has not.
func (d *doctor) checkHost(address string) error {
	switch host := hostOf(address); {
	case wrongHost.MatchString(host):
		return errors.New("its host has a character that no host has")
	case !strings.Contains(host, ".") && !strings.Contains(host, ":") && !d.Settings.InsecureAllowLocal:
		return errors.New("it lacks the name of the wallet's server")
	}
	return nil
}

// parseAddress is [opclient.ParseWalletAddress], which with insecure also takes what
// [netguard.ParseURL] does then.
func parseAddress(raw string, insecure bool) (string, error) {
	address, err := opclient.ParseWalletAddress(raw)
	if err == nil || !insecure || strings.HasPrefix(raw, "$") {
		return address, err
	}
	u, wrong := netguard.ParseURL(raw, true)
	if wrong != nil || u.RawQuery != "" || u.ForceQuery {
		return "", errors.Join(wrong, err)
	}
	return raw, nil
}

// isLocal reports whether a host is an address that is not public, or a name of this
// machine.
func isLocal(host string) bool {
	addr, err := netip.ParseAddr(host)
	return returnurl.IsLoopback(host) || err == nil && !netguard.Public(addr)
}

var (
	// wrongScheme matches what people write for https://.
	wrongScheme = regexp.MustCompile(`(?i)^(h?t{1,3}ps?|ttps?)\s*[:;]?\s*[/\\]{1,3}`)
	wrongHost   = regexp.MustCompile(`[^a-zA-Z0-9._:-]`)
	userAtHost  = regexp.MustCompile(`^([A-Za-z0-9._~-]+)@([A-Za-z0-9.-]+\.[A-Za-z]{2,})$`)
	hostAndPath = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[A-Za-z0-9._~/-]*)?$`)
)

// respell returns the wallet address that a misspelt one most likely is, or "".
func respell(raw string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("＄﹩£€¥", r):
			return '$'
		case r == '\\':
			return '/'
		case unicode.IsSpace(r), !unicode.IsPrint(r), strings.ContainsRune("\"'`<>{}()“”‘’", r):
			return -1
		}
		return r
	}, raw)
	s = strings.TrimRight(strings.ReplaceAll(s, "%24", "$"), ".,;")
	s, _, _ = strings.Cut(s, "?")
	s, _, _ = strings.Cut(s, "#")
	pointer := strings.Contains(s, "$")
	s = strings.TrimLeft(s, "$/:")
	s = wrongScheme.ReplaceAllString(s, "")
	s = strings.TrimLeft(s, "$/:")
	if m := userAtHost.FindStringSubmatch(s); m != nil { // as in an e-mail address
		s, pointer = m[2]+"/"+m[1], false
	}
	if !hostAndPath.MatchString(s) {
		return ""
	}
	meant := "https://" + s
	if pointer {
		meant = "$" + s
	}
	if _, err := opclient.ParseWalletAddress(meant); err != nil || config.Describe(meant) != strconv.Quote(meant) { // it may be a secret
		return ""
	}
	return meant
}
