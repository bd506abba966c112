package cli

import "github.com/alecthomas/kong"

// otherNames are the two names that some flags have: those of `opgrants pay` and those
// of `opgrants serve`.
var otherNames = map[string]string{
	"client-wallet":        "wallet-address",
	"wallet-address":       "client-wallet",
	"key":                  "private-key-path",
	"private-key-path":     "key",
	"insecure-local":       "insecure-allow-local",
	"insecure-allow-local": "insecure-local",
}

// AddOtherNames gives each of these flags its other name too, so that the flags of one
// command line work on another.
func AddOtherNames(k *kong.Kong) error {
	return kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && otherNames[flag.Name] != "" {
			flag.Aliases = append(flag.Aliases, otherNames[flag.Name])
		}
		return next(nil)
	})
}
