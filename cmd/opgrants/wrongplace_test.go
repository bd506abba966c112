package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

// markedSecrets are secrets in the forms in which people put them into the wrong
// place. Each is the key of RFC 8032 section 7.1, test 1, or made of these words.
func markedSecrets(t *testing.T) map[string]string {
	t.Helper()
	seed, err := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return map[string]string{
		"a PEM":                  text,
		"a PEM on one line":      strings.ReplaceAll(text, "\n", `\n`),
		"half a PEM":             text[:70],
		"DER in base64":          base64.StdEncoding.EncodeToString(der),
		"a PEM in base64":        base64.StdEncoding.EncodeToString([]byte(text)),
		"a seed in base64":       base64.StdEncoding.EncodeToString(seed),
		"a seed in hexadecimal":  hex.EncodeToString(seed),
		"a JWK":                  `{"kty":"OKP","crv":"Ed25519","d":"` + base64.RawURLEncoding.EncodeToString(seed) + `"}`,
		"a token":                "shop:3b1f0c5a9e7d4682b0a1c2d3e4f50617",
		"a URL with a password":  "https://shop:Hunter2Hunter2@wallet.example/shop",
		"a URL that is broken":   "https://shop:Hunter2Hunter2@wallet.example:x/%zz",
		"two URLs, a password":   "https://a.example,https://shop:Hunter2,Hunter2@b.example/",
		"an env file's contents": "PRIVATE_KEY=" + base64.StdEncoding.EncodeToString(der) + "\nAPI_TOKEN=3b1f0c5a9e7d4682b0a1c2d3e4f50617",
	}
}

// markers are parts of the secrets that no output may have.
var markers = []string{
	"nWGxne/9", "nWGxne_9", "9d61b19d", "MC4CAQAwBQ", "IJ1hsZ3v", "LS0tLS1CRUdJT", "3b1f0c5a9e7d", "Hunter2",
}

func mustNotShow(t *testing.T, what, output string) {
	t.Helper()
	for _, m := range markers {
		if strings.Contains(strings.ToLower(output), strings.ToLower(m)) {
			t.Errorf("%s: %q is shown:\n%s", what, m, output)
			return
		}
	}
}

// leaves are all commands, with their flags.
func leaves(t *testing.T) []*kong.Node {
	t.Helper()
	var grammar commands
	parser, err := kong.New(&grammar, kong.Bind(&cli.Environment{}, &cli.Terminal{}), groups)
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model.Leaves(true)
}

// usable are flags with which each command gets as far as using the others.
func usable(t *testing.T, command *kong.Node) (args []string) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key.pem")
	writeKey(t, key)
	with := map[string]string{
		"client-wallet": "http://127.0.0.1:1/client", "key": key, "key-id": "key-1", "wallet": "http://127.0.0.1:1/alice",
		"insecure-local": "true", "to": "http://127.0.0.1:1/shop", "debit": "130", "continue-uri": "http://127.0.0.1:1/continue",
		"manage-url": "http://127.0.0.1:1/token", "wallet-address": "http://127.0.0.1:1/client", "private-key-path": key,
		"insecure-allow-local": "true", "data-file": filepath.Join(t.TempDir(), "data.db"), "listen": "127.0.0.1:0",
		"out": filepath.Join(t.TempDir(), "new.pem"), "no-wait": "true",
	}
	for _, f := range command.Flags {
		if v, ok := with[f.Name]; ok && !(command.Name == "demo" && f.Name == "key") {
			args = append(args, "--"+f.Name+"="+v)
		}
	}
	return args
}

// runFor runs the command in this process, for a moment if it does not end.
func runFor(t *testing.T, env map[string]string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	var out, errs bytes.Buffer
	run(ctx, args, func(name string) string { return env[name] }, &cli.Terminal{In: strings.NewReader(""), Out: &out, Err: &errs})
	return out.String() + errs.String()
}

// An attempt is a command line, or a variable, with a secret in it.
type attempt struct {
	what string
	env  map[string]string
	args []string
}

// mustAllHide tries them side by side, as those that do not fail wait.
func mustAllHide(t *testing.T, attempts []attempt) {
	t.Helper()
	t.Chdir(t.TempDir()) // some values are the names of files that are written
	slots := make(chan struct{}, 32)
	var all sync.WaitGroup
	for _, a := range attempts {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			mustNotShow(t, a.what, runFor(t, a.env, a.args...))
		})
	}
	all.Wait()
	if len(attempts) < 500 {
		t.Errorf("only %d were tried", len(attempts))
	}
}

// mayBe reports whether a setting may have such a value, which is no mistake then.
func mayBe(setting, secret string) bool {
	switch setting {
	case "help", "nonce", "NONCE", "interact-ref", "INTERACT_REF", "secret-id", "SIGNING_KEY_SECRET":
		return true // random, or a name that its owner chose
	case "key-id", "KEY_ID": // a thumbprint has this form
		return secret == "a seed in base64" || secret == "a seed in hexadecimal" || secret == "a token"
	case "out", "secret", "data-file", "DATA_FILE": // a file that is made
		return secret == "a token"
	}
	return false
}

func TestNoCommandShowsASecretThatIsInTheWrongFlag(t *testing.T) {
	var attempts []attempt
	for _, command := range leaves(t) {
		base := append([]string{command.Name}, usable(t, command)...)
		for name, secret := range markedSecrets(t) {
			try := func(what string, args ...string) {
				attempts = append(attempts, attempt{command.Name + " " + what + " with " + name, nil, append(slices.Clone(base), args...)})
			}
			try("as an argument", secret)
			try("as a flag", "--"+secret)
			try("as an unknown flag's value", "--private-key="+secret)
			for _, flag := range command.Flags {
				if mayBe(flag.Name, name) {
					continue
				}
				try("--"+flag.Name+"=", "--"+flag.Name+"="+secret)
				if name == "a PEM" || name == "a JWK" {
					try("--"+flag.Name, "--"+flag.Name, secret)
				}
			}
		}
	}
	mustAllHide(t, attempts)
}

func TestNoCommandShowsASecretThatIsInTheWrongVariable(t *testing.T) {
	var attempts []attempt
	for _, command := range leaves(t) {
		variables := []string{"API_TOKEN", "PRIVATE_KEY", "ACCESS_TOKEN", "CONTINUE_ACCESS_TOKEN"}
		for _, flag := range command.Flags {
			variables = append(variables, flag.Envs...)
		}
		for _, variable := range variables {
			args := []string{command.Name}
			for _, a := range usable(t, command) {
				if flag, _, _ := strings.Cut(strings.TrimPrefix(a, "--"), "="); !isSetBy(command, flag, variable) {
					args = append(args, a)
				}
			}
			for name, secret := range markedSecrets(t) {
				if mayBe(variable, name) {
					continue
				}
				what := command.Name + " with " + name + " in " + variable
				attempts = append(attempts, attempt{what, map[string]string{variable: secret}, args})
				if !hasFlag(command, "env-file") {
					continue
				}
				file := filepath.Join(t.TempDir(), ".env")
				if err := os.WriteFile(file, []byte(variable+"="+secret+"\nKEY-ID="+secret+"\n"+secret+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				attempts = append(attempts, attempt{what + " of an env file", nil, append(slices.Clone(args), "--env-file", file)})
			}
		}
	}
	mustAllHide(t, attempts)
}

func hasFlag(command *kong.Node, name string) bool {
	return slices.ContainsFunc(command.Flags, func(f *kong.Flag) bool { return f.Name == name })
}

func isSetBy(command *kong.Node, flag, variable string) bool {
	return slices.ContainsFunc(command.Flags, func(f *kong.Flag) bool { return f.Name == flag && slices.Contains(f.Envs, variable) })
}

// kong reads the process's variables itself, which only a process shows.
func TestTheProgramShowsNoSecretOfItsEnvironment(t *testing.T) {
	for _, command := range []string{"request", "serve"} {
		for _, variable := range []string{"INSECURE_ALLOW_LOCAL", "WALLET_ADDRESS", "PRIVATE_KEY_PATH", "POWERTOOLS_LOG_LEVEL", "RETURN_URLS"} {
			for _, name := range []string{"a PEM", "DER in base64", "a URL with a password", "a token"} {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				cmd := exec.CommandContext(ctx, os.Args[0], command)
				cmd.Dir = t.TempDir()
				cmd.Env = append(os.Environ(), beTheProgram+"=1", variable+"="+markedSecrets(t)[name])
				out, err := cmd.CombinedOutput()
				cancel()
				if err == nil {
					t.Errorf("%s with %s in %s ends well", command, name, variable)
				}
				mustNotShow(t, command+" with "+name+" in "+variable, string(out))
			}
		}
	}
}

func TestAKeyForAPathIsNamed(t *testing.T) {
	p := markedSecrets(t)["DER in base64"]
	for _, args := range [][]string{
		{"request", "--client-wallet", "https://w.example/c", "--key-id", "1", "--wallet", "https://w.example/a", "--key", p},
		{"serve", "--wallet-address", "https://w.example/c", "--key-id", "1", "--insecure-allow-local", "--data-file", filepath.Join(t.TempDir(), "d"), "--private-key-path", p},
	} {
		if got := runFor(t, nil, args...); !strings.Contains(got, "this looks like a key, not a path") {
			t.Errorf("%s: %s", args[0], got)
		}
	}
}
