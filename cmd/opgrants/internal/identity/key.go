package identity

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// maxKeyFile is the size of the largest key file, in bytes. A key is far smaller.
const maxKeyFile = 64 << 10

// readKey reads the private key from its file or from PRIVATE_KEY. Errors never
// repeat a key.
func (f *Flags) readKey(term *cli.Terminal, env *cli.Environment) (ed25519.PrivateKey, error) {
	inline := env.Get("PRIVATE_KEY")
	switch {
	case inline != "" && f.Key != "":
		return nil, exit.Key.With("PRIVATE_KEY is set, and so is --key or PRIVATE_KEY_PATH: keep one of them.")
	case inline != "":
		key, err := opclient.ParsePrivateKey([]byte(inline))
		if err != nil {
			return nil, exit.Key.With("PRIVATE_KEY: %w", err)
		}
		return key, nil
	case f.Key == "":
		return nil, exit.Key.With("Name its file with --key or PRIVATE_KEY_PATH; `opgrants keygen` makes one.")
	}
	text, err := ReadKeyFile("--key or PRIVATE_KEY_PATH", f.Key, func(message string) { term.Say("%s", message) })
	if err != nil {
		return nil, exit.Key.With("%w", err)
	}
	key, err := opclient.ParsePrivateKey(text)
	if err != nil {
		return nil, exit.Key.With("%s: %w", f.Key, err)
	}
	return key, nil
}

// minKey is the length of the shortest key, in characters: a seed in base64url
// without padding.
const minKey = 43

// ReadKeyFile reads a key file. setting names what the path was given with. If the
// path is a key itself, as after --key "$(cat key.pem)", the error says so and does
// not repeat it. If others than its owner may read the file, warn is called.
func ReadKeyFile(setting, path string, warn func(message string)) ([]byte, error) {
	if looksLikeKey(path) {
		return nil, errors.New(setting + ": this looks like a key, not a path. Give the name of the key's file")
	}
	file, err := os.Open(path)
	if err != nil && strings.Contains(path, ":/") {
		return nil, errors.New(setting + ": this looks like a URL, not a path. Give the name of the key's file")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: the key file %s cannot be read: %w", setting, cli.ShowValue(path), errors.Unwrap(err))
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		warn(fmt.Sprintf("Other users of this machine may read the key file %s: chmod 600 it.", path))
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxKeyFile {
		return nil, errors.New(path + " is too large for a key")
	}
	return text, nil
}

// looksLikeKey reports whether path is rather a private key: no file has that name,
// and it is a key or has the marks of one.
func looksLikeKey(path string) bool {
	if _, err := os.Stat(path); err == nil {
		return false
	}
	given := path
	if dir, err := os.Getwd(); err == nil { // the path may have been made absolute
		given = strings.TrimPrefix(path, dir+string(filepath.Separator))
	}
	return config.LooksLikeKey(given) || cli.IsKeyText(given) || strings.ContainsAny(given, "\r\n") || cli.IsOpaque(given, minKey)
}

// xOf is the public half of a key as a JWK has it.
func xOf(key ed25519.PrivateKey) string {
	public, _ := key.Public().(ed25519.PublicKey) // as of every Ed25519 key
	return base64.RawURLEncoding.EncodeToString(public)
}
