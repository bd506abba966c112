package service

import (
	"log/slog"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// keySource says where the signing key is: in its file, which is read again when a
// wallet refuses the key, or in the environment. keySource reads the key once, so
// that a wrong one is reported at the start.
func keySource(c *config.Serve, base *opclient.Client, log *slog.Logger) (signingkey.Source, error) {
	private, name := []byte(string(c.PrivateKey)), "PRIVATE_KEY"
	if c.PrivateKeyPath != "" {
		text, warning, err := config.ReadKeyFile(c.PrivateKeyPath)
		if err != nil {
			return nil, exit.Key.With("PRIVATE_KEY_PATH or --private-key-path: %w. `opgrants keygen` makes a key file.", err)
		}
		if warning != "" {
			log.Warn(warning)
		}
		private, name = text, config.DescribePath(c.PrivateKeyPath)
	}
	key, err := signingkey.NewKey(c.WalletAddress, c.KeyID, private)
	if err != nil {
		return nil, exit.Key.With("%s: %w", name, err)
	}
	if _, err := base.WithKey(key.WalletAddress, key.KeyID, key.Signer()); err != nil {
		return nil, exit.Usage.With("%w", err)
	}
	if c.PrivateKeyPath == "" {
		return signingkey.Fixed(key), nil
	}
	return signingkey.File{WalletAddress: c.WalletAddress, KeyID: c.KeyID, Path: c.PrivateKeyPath}, nil
}
