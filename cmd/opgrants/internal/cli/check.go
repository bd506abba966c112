package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/internal/config"
)

// mayBeRandom are the flags whose values may look like a key or a token: the thumbprint
// of a key, random text, or the name of a secret.
var mayBeRandom = []string{"key-id", "nonce", "interact-ref", "secret-id", "idempotency-key", "code", "grant"}

// CheckFlags refuses values that are secrets in the wrong place: keys, tokens, and URLs
// with a password. The command would print them or send them to a wallet. The error
// names all such flags and repeats no value. Each command checks its values itself in
// all other respects.
func CheckFlags(parsed *kong.Context) error {
	var all error
	for _, flag := range parsed.Flags() {
		for _, value := range flagValues(flag) {
			if problem := secretIn(flag, value); problem != "" {
				all = errors.Join(all, fmt.Errorf("--%s: %s", flag.Name, problem))
			}
		}
	}
	return all
}

func flagValues(flag *kong.Flag) []string {
	switch value := flag.Target.Interface().(type) {
	case string:
		return []string{value}
	case []string:
		return value
	}
	return nil // an EnvFiles has been read already
}

// secretIn says which secret a flag's value may be, or "".
func secretIn(flag *kong.Flag, value string) string {
	shown := config.Describe(value)
	isFile := flag.PlaceHolder == "FILE"
	switch {
	case value == "" || isFile && flag.Name == "key": // the error of reading it says more
		return ""
	case config.HasPassword(strings.TrimSpace(value)): // pasted
		return "this is a URL with a user name or password, or one that cannot be read (not shown)"
	case slices.Contains(mayBeRandom, flag.Name):
		if config.IsKey(value) {
			return looksLikeKey
		}
		return ""
	case config.LooksLikeKey(value), isFile && isJSON(value):
		return looksLikeKey
	case flag.PlaceHolder == "DIR" && strings.HasPrefix(config.DescribePath(value), `"`):
		return "" // it exists, or will be in a folder that does
	case isFile || strings.Contains(value, "://") || strings.HasPrefix(value, "$"):
		return "" // of a URL, errors show no query
	case !strings.HasPrefix(shown, `"`):
		return "this is " + shown
	}
	return ""
}

const looksLikeKey = "this looks like a private key (not shown)"

func isJSON(value string) bool { return strings.HasPrefix(strings.TrimSpace(value), "{") }
