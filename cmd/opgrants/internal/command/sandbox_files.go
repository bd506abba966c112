package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/control"
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

const variables = "export WALLET_ADDRESS=%s\nexport KEY_ID=%s\nexport INSECURE_ALLOW_LOCAL=true\n"

// inlineEnv returns the environment file with the key in it, for programs that cannot
// read the sandbox's files.
func (p *sandboxPlace) inlineEnv() string {
	return fmt.Sprintf(variables+"export PRIVATE_KEY='%s'\n", p.wallets.Client, p.wallets.KeyID, strings.TrimSpace(string(p.files.key)))
}

// print writes the environment file, and prints how to use the sandbox.
func (p *sandboxPlace) print(term *cli.Terminal) error {
	env := fmt.Sprintf(variables, p.wallets.Client, p.wallets.KeyID)
	if p.files.dir != "" {
		env += fmt.Sprintf("export PRIVATE_KEY_PATH='%s'\n", p.files.path("key.pem"))
	}
	if err := p.files.write("env", []byte(env)); err != nil {
		return err
	}
	if _, err := fmt.Fprint(term.Out, env); err != nil {
		return err
	}
	file, trust := p.files.path("env"), ""
	if p.secure != nil {
		trust = "SSL_CERT_FILE='" + p.secure.caFile + "' "
	}
	if p.files.dir == "" {
		file = "sandbox.env"
		term.Say("\nNo folder can be written here. Get the environment file, with the key, from the control API:\n  curl -s %s/env > sandbox.env", p.control())
	}
	term.Say("\nThe wallet listens until Ctrl-C. In another terminal, with your app's own page as the return URL:\n"+
		"  %[1]sopgrants serve --env-file '%[2]s' --return-urls http://localhost:3000/thanks\n"+
		"  %[1]sopgrants pay --env-file '%[2]s' --wallet %[3]s --to %[4]s --receive 130\n"+
		"  %[1]sopgrants request --env-file '%[2]s' --wallet %[3]s --debit 130\n\nIts wallets:",
		trust, file, p.wallets.User, p.wallets.Client)
	for _, n := range p.named {
		term.Say("  %s  %s", n.WalletAddress, n.Does)
	}
	term.Say("\nTests control it at %s (docs/sandbox.md).", p.control())
	if p.secure != nil {
		p.secure.print(term)
	}
	if p.command.Hostile {
		term.Say("\nIt is hostile. To repeat its faults: --hostile --seed %d", p.command.Seed)
	}
	term.Say("")
	return nil
}

// control returns the URL of the control API.
func (p *sandboxPlace) control() string {
	return p.server.URL() + control.Path
}
