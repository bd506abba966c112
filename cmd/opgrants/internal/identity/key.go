package identity

import (
	"crypto/ed25519"
	"os"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/environ"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// maxKeyFile is more than any key that can be used has.
const maxKeyFile = 64 << 10

// readKey reads the private key from its file or from PRIVATE_KEY.
func (f *Flags) readKey(env *environ.Environment) (ed25519.PrivateKey, error) {
	inline := env.Get("PRIVATE_KEY")
	switch {
	case inline != "" && f.Key != "":
		return nil, exit.Key.With("PRIVATE_KEY is set, and a key file too (%s): keep one of them.", f.Key)
	case inline != "":
		key, err := opclient.ParsePrivateKey([]byte(inline))
		if err != nil {
			return nil, exit.Key.With("PRIVATE_KEY: %w", err)
		}
		return key, nil
	case f.Key == "":
		return nil, exit.Key.With("Name its file with --key or PRIVATE_KEY_PATH; `opgrants keygen` makes one.")
	}
	text, err := os.ReadFile(f.Key)
	if err != nil {
		return nil, exit.Key.With("%w", err)
	}
	if len(text) > maxKeyFile {
		return nil, exit.Key.With("%s is too large for a key.", f.Key)
	}
	key, err := opclient.ParsePrivateKey(text)
	if err != nil {
		return nil, exit.Key.With("%s: %w", f.Key, err)
	}
	return key, nil
}
