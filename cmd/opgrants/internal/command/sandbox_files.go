package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// sandboxFiles are the key of the sandbox's client, and the folder that has it.
type sandboxFiles struct {
	dir   string // "": there is no folder that can be written, as in a container
	keeps bool   // the folder stays at the end
	key   []byte // PKCS#8 in PEM
}

// openSandboxFiles opens dir with the key in it. It makes what is missing. If dir is
// "", the folder is a new one, which close removes.
func openSandboxFiles(dir string) (f *sandboxFiles, err error) {
	f = &sandboxFiles{keeps: dir != ""}
	if dir == "" {
		// Without a folder the key is only in the control API.
		f.dir, _ = os.MkdirTemp("", "opgrants-sandbox-")
	} else if f.dir, err = makeDir(dir); err != nil {
		return nil, err
	}
	if f.keeps {
		f.key, err = f.readKey()
	}
	if f.key == nil && err == nil {
		if _, f.key, err = identity.NewKeyPair(); err == nil {
			err = f.write("key.pem", f.key)
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func makeDir(dir string) (string, error) {
	if strings.Contains(dir, "://") {
		return "", exit.Usage.With("--dir %s: name a folder, not a URL.", config.Describe(dir))
	}
	absolute, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(absolute, 0o700)
	}
	if err != nil {
		return "", exit.Usage.With("--dir %s: no such folder can be made.", config.Describe(dir))
	}
	if strings.Contains(absolute, "'") {
		return "", exit.Usage.With("--dir %s: it must have no quote in it.", config.DescribePath(absolute))
	}
	return absolute, nil
}

// readKey returns the key of an earlier start, nil if there is none.
func (f *sandboxFiles) readKey() ([]byte, error) {
	text, _, err := config.ReadKeyFile(f.path("key.pem"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		_, err = opclient.ParsePrivateKey(text)
	}
	if err != nil {
		return nil, exit.Key.With("%s: %w", config.DescribePath(f.path("key.pem")), err)
	}
	return text, nil
}

func (f *sandboxFiles) path(name string) string { return filepath.Join(f.dir, name) }

// write writes a file that only its owner may read. Without a folder it does nothing.
func (f *sandboxFiles) write(name string, text []byte) error {
	if f.dir == "" {
		return nil
	}
	return os.WriteFile(f.path(name), text, 0o600)
}

// close removes the folder, unless it is to be kept.
func (f *sandboxFiles) close() error {
	if f.keeps || f.dir == "" {
		return nil
	}
	return os.RemoveAll(f.dir)
}

// A variable is one of the environment of `opgrants serve`, `request` and `pay`.
type variable struct{ name, value string }

// variables returns those that say who the client is, and key, which says what its key is.
func (p *sandboxPlace) variables(key variable) []variable {
	return []variable{{"WALLET_ADDRESS", p.wallets.Client}, {"KEY_ID", p.wallets.KeyID}, {"INSECURE_ALLOW_LOCAL", "true"}, key}
}

// keyFile returns the variable that names the file of the key. Its name is "" if there
// is none.
func (p *sandboxPlace) keyFile() variable {
	if p.files.dir == "" {
		return variable{}
	}
	return variable{"PRIVATE_KEY_PATH", p.files.path("key.pem")}
}

// inlineEnv returns the environment file with the key in it, for programs that cannot
// read the sandbox's files.
func (p *sandboxPlace) inlineEnv() string {
	return envFile(p.variables(variable{"PRIVATE_KEY", strings.TrimSpace(string(p.files.key))}))
}

// envFile returns the lines that set variables in a shell.
func envFile(variables []variable) string {
	var b strings.Builder
	for _, v := range variables {
		switch v.name {
		case "":
		case "PRIVATE_KEY", "PRIVATE_KEY_PATH":
			fmt.Fprintf(&b, "export %s='%s'\n", v.name, v.value)
		default:
			fmt.Fprintf(&b, "export %s=%s\n", v.name, v.value)
		}
	}
	return b.String()
}
