package config

import (
	"errors"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Anywhere is the entry of PAYEES that lets payments go to every wallet address.
const Anywhere = "*"

// checkPayees returns the wallet addresses of PAYEES as https URLs, or [Anywhere]
// alone. It reports each entry that is neither.
func checkPayees(p *problems, name string, values []string, local bool) (payees []string) {
	for i, v := range values {
		address, err := parsePayee(v, local)
		switch {
		case IsKey(v):
			p.add(name, "is %s", Describe(v))
		case v == Anywhere && len(values) > 1:
			p.add(name, "has * and other entries; * alone allows every wallet address")
		case v == Anywhere:
			return []string{Anywhere}
		case strings.Contains(v, "*"):
			p.add(name, "%s has a wildcard (*); list each wallet address, or * alone for every one", Describe(v))
		case err != nil:
			p.add(name, "entry %d: %s", i+1, err)
		case !slices.Contains(payees, address):
			payees = append(payees, address)
		}
	}
	return payees
}

// parsePayee is [opclient.ParseWalletAddress] that for local use takes http and
// ports too. The errors repeat nothing of the address.
func parsePayee(address string, local bool) (string, error) {
	if !local || !strings.Contains(address, "://") {
		return opclient.ParseWalletAddress(address)
	}
	u, err := netguard.ParseURL(address, true)
	if err == nil && (u.RawQuery != "" || u.ForceQuery) {
		err = errors.New("a wallet address has no query; leave out what follows the question mark")
	}
	return address, err
}

// splitPayees reads a list of wallet addresses, separated by commas or white
// space, each in quotes or not; also as a JSON list.
func splitPayees(list string) (payees []string) {
	list = Unquote(list)
	if inner, ok := strings.CutPrefix(list, "["); ok {
		list = strings.TrimSuffix(inner, "]")
	}
	for _, word := range strings.Fields(strings.ReplaceAll(list, ",", " ")) {
		if word = Unquote(word); word != "" {
			payees = append(payees, word)
		}
	}
	return payees
}
