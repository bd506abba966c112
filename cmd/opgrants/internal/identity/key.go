package identity

import (
	"crypto/ed25519"
	"encoding/base64"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// readKey reads the private key from its file or from PRIVATE_KEY. Errors never
// repeat a key.
func (f *Flags) readKey(term *cli.Terminal, env *cli.Environment) (ed25519.PrivateKey, error) {
	key, warning, err := ReadKey("--key or PRIVATE_KEY_PATH", f.Key, opclient.Secret(env.Get("PRIVATE_KEY")))
	if warning != "" {
		term.Say("opgrants: warning: %s", warning)
	}
	if err != nil {
		return nil, err
	}
	if id, err := opclient.ParsePrivateKey([]byte(f.KeyID)); err == nil && id.Equal(key) {
		return nil, exit.Key.With("--key-id or KEY_ID is the private key itself; the id is the kid in the JWKS of the client's wallet address.")
	}
	return key, nil
}

// ReadKey reads the private key from the file at path or from inline, the value of
// PRIVATE_KEY. setting is what the user named the file with. warning is not empty if
// others may read the file. Errors have the exit code [exit.Key] and never repeat a key.
func ReadKey(setting, path string, inline opclient.Secret) (key ed25519.PrivateKey, warning string, err error) {
	switch {
	case inline != "" && path != "":
		return nil, "", exit.Key.With("PRIVATE_KEY is set, and a key file too (%s): keep one of them.", config.DescribePath(path))
	case inline != "":
		key, err := opclient.ParsePrivateKey([]byte(inline))
		if err != nil {
			return nil, "", exit.Key.With("PRIVATE_KEY: %w", err)
		}
		return key, "", nil
	case path == "":
		return nil, "", exit.Key.With("Name its file with --key or PRIVATE_KEY_PATH; `opgrants keygen` makes one.").Then("opgrants keygen")
	}
	text, warning, err := config.ReadKeyFile(path)
	if err != nil {
		return nil, "", exit.Key.With("%s: %w", setting, err)
	}
	key, err = opclient.ParsePrivateKey(text)
	if err != nil {
		return nil, warning, exit.Key.With("%s: %w", config.DescribePath(path), err)
	}
	return key, warning, nil
}

// PublicX returns the public half of a key as the member x of a JWK has it.
func PublicX(key ed25519.PrivateKey) string {
	public, _ := key.Public().(ed25519.PublicKey) // as of every Ed25519 key
	return base64.RawURLEncoding.EncodeToString(public)
}
