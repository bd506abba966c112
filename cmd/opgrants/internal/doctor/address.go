package doctor

import (
	"errors"
	"net/netip"
	"net/url"
	"regexp"
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

// checkSpelling returns the address as a URL. If it cannot be one, r says why.
func (d *doctor) checkSpelling(s setting) (address string, r Result, ok bool) {
	const example = "https://ilp.interledger-test.dev/your-name"
	raw := strings.TrimSpace(s.value)
	bad := func(problem Problem, fix, format string, args ...any) (string, Result, bool) {
		return "", fail(exit.UnknownWallet, problem, fix, format, args...), false
	}
	switch {
	case raw == "":
		return bad(NotSet, s.with(example), "%s is not set. Your wallet shows the address, such as %s.", s.name, example)
	case config.IsKey(raw), config.HasPassword(raw) && strings.Contains(raw, "@"):
		return bad(SecretInSetting, s.with(example), "%s is %s. It must be a wallet address, such as %s.", s.name, config.Describe(raw), example)
	}
	address, err := parseAddress(raw, d.Settings.InsecureAllowLocal)
	if err == nil {
		err = d.checkHost(address)
	}
	if err == nil {
		return address, Result{}, true
	}
	shown := config.Describe(raw)
	if u, wrong := url.Parse(raw); wrong == nil && u.Hostname() != "" {
		local := isLocal(u.Hostname())
		switch {
		case strings.EqualFold(u.Scheme, "http") && local:
			return bad(HTTP, allowLocal, "%s: %s begins with http://. A wallet address is https. For development on this machine, INSECURE_ALLOW_LOCAL=true allows http.", s.name, shown)
		case strings.EqualFold(u.Scheme, "http"):
			u.Scheme = "https"
			return bad(HTTP, s.with(u.String()), "%s: %s begins with http://. A wallet address is https.", s.name, shown)
		case strings.EqualFold(u.Scheme, "https") && local:
			return bad(PrivateAddress, allowLocal, "%s: %s is at an address that is not public, where no wallet's server can read it. For development on this machine, INSECURE_ALLOW_LOCAL=true allows it.", s.name, shown)
		}
	}
	if strings.HasPrefix(raw, ".") || strings.HasPrefix(raw, "/") {
		return bad(Misspelt, s.set+`'$wallet.example/your-name'`, "%s: %s lacks the beginning. A shell replaces $… in double quotes: write a payment pointer in single quotes, or as a URL with https://.", s.name, shown)
	}
	if meant := respell(raw); meant != "" {
		return bad(Misspelt, s.with(meant), "%s: %s is not a wallet address. Did you mean %s? A payment pointer is $host/path, a URL begins with https://.", s.name, shown, meant)
	}
	return bad(Misspelt, s.with(example), "%s: %s cannot be used: %v.", s.name, shown, err)
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
	if _, err := opclient.ParseWalletAddress(meant); err != nil {
		return ""
	}
	return meant
}
