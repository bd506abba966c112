package doctor

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// checkKey reads the private key.
func (d *doctor) checkKey(context.Context) Result {
	c := &d.Settings
	if c.PrivateKey == "" && c.PrivateKeyPath == "" {
		if d.URL != "" {
			return skip("No key is set here; the deployment has its own.")
		}
		return fail(exit.Key, NotSet, "opgrants keygen --out private-key.pem",
			"No key is set. Make one, and set PRIVATE_KEY_PATH to its file, or PRIVATE_KEY to the key itself.")
	}
	key, _, err := identity.ReadKey("PRIVATE_KEY_PATH", c.PrivateKeyPath, c.PrivateKey)
	if err != nil {
		var e *exit.Error
		errors.As(err, &e) // as each error of ReadKey
		return fail(exit.Key, KeyUnusable, d.convertKey(e.Detail), "%s", strings.TrimSuffix(e.Detail, ".")+".")
	}
	if id, err := opclient.ParsePrivateKey([]byte(c.KeyID)); err == nil && id.Equal(key) {
		return fail(exit.Key, SecretInSetting, "unset KEY_ID",
			"KEY_ID is the private key itself. It must be the id (kid) of the key in the JWKS of your wallet address.")
	}
	d.key = key
	if c.PrivateKeyPath == "" {
		return pass("PRIVATE_KEY is an Ed25519 key.")
	}
	return pass("%s is an Ed25519 key.", config.DescribePath(c.PrivateKeyPath))
}

// converters begin the commands in the errors about a key's form.
var converters = []string{"openssl ", "ssh-keygen ", "puttygen ", "iconv "}

// convertKey returns the command that an error about a key's form ends with, or else
// one that makes a new key.
func (d *doctor) convertKey(detail string) string {
	for _, c := range converters {
		if i := strings.LastIndex(detail, ": "+c); i >= 0 {
			return strings.Replace(strings.TrimSuffix(detail[i+2:], "."), "KEY", d.keyFile(), 1)
		}
	}
	if d.Settings.PrivateKey != "" && d.Settings.PrivateKeyPath != "" {
		return "unset PRIVATE_KEY"
	}
	return "opgrants keygen --out new-key.pem"
}

// keyFile returns the path of the key as a word of a shell.
func (d *doctor) keyFile() string { return shellPath(d.Settings.PrivateKeyPath) }

// shellPath returns a path as a word of a shell, or FILE if it may be a secret.
func shellPath(path string) string {
	if path == "" || config.DescribePath(path) != strconv.Quote(path) {
		return "FILE"
	}
	return cli.ShellQuote(path)
}

// showKey returns the command that shows the public key, to register it.
func (d *doctor) showKey() string {
	if d.Settings.PrivateKeyPath == "" {
		return "opgrants keygen"
	}
	id := ""
	if d.Settings.KeyID != "" {
		id = " --key-id " + cli.ShellQuote(d.Settings.KeyID)
	}
	return "opgrants keygen --from " + d.keyFile() + id
}

// checkKeyFile reports whether others on this machine may read or change the file of
// the key, or an env file that has it.
func (d *doctor) checkKeyFile(context.Context) Result {
	files := d.KeyFiles
	if path := d.Settings.PrivateKeyPath; path != "" {
		files = append([]string{path}, files...)
	}
	var closed []string
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || runtime.GOOS == "windows" { // which has no such permissions
			continue
		}
		const others = 0o066 // the group, and everybody: read and write
		if mode := info.Mode().Perm(); mode&others != 0 {
			return fail(exit.Key, KeyFileOpen, "chmod 600 "+shellPath(path),
				"Other users of this machine may read or change the private key in %s: its mode is %04o.", config.DescribePath(path), mode)
		}
		closed = append(closed, config.DescribePath(path))
	}
	if len(closed) == 0 {
		return skip("The key is in no file whose permissions can be checked.")
	}
	return pass("Only you may read %s.", strings.Join(closed, " and "))
}
