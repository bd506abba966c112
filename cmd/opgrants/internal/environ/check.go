package environ

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/internal/config"
)

// maybeRandom are flags whose values may look like a key or a token, as they are
// the thumbprint of a key, random, or the name of a secret.
var maybeRandom = []string{"key-id", "nonce", "interact-ref", "secret-id", "service-name"}

// CheckFlags refuses values that are in the wrong place and secret: keys, tokens,
// and URLs with a password. Every command would print or send them. All are named
// at once, none is repeated. Whether other values make sense is each command's to
// say.
func CheckFlags(parsed *kong.Context) error {
	var all error
	for _, flag := range parsed.Flags() {
		for _, value := range flagValues(flag) {
			if problem := checkFlag(flag, value); problem != "" {
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
	case Files:
		return nil // read already
	}
	return nil
}

func checkFlag(flag *kong.Flag, value string) string {
	shown := config.Describe(value)
	isFile := flag.PlaceHolder == "FILE"
	switch {
	case value == "" || isFile && flag.Name == "key": // reading it says more
		return ""
	case config.HasPassword(value):
		return "this is a URL with a user name or password, or one that cannot be read (not shown)"
	case slices.Contains(maybeRandom, flag.Name):
		if config.IsKey(value) {
			return "this is " + shown
		}
		return ""
	case config.LooksLikeKey(value):
		return "this is " + shown
	case isFile || strings.Contains(value, "://") || strings.HasPrefix(value, "$"):
		return ""
	case strings.HasPrefix(shown, "a text"):
		return "this is " + shown + ", where " + flag.FormatPlaceHolder() + " belongs"
	}
	return ""
}
