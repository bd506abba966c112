package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/command"
)

// An attempt is a command line or a variable with a secret in it.
type attempt struct {
	what string
	env  map[string]string
	args []string
}

func TestNoCommandShowsASecretThatIsInTheWrongFlag(t *testing.T) {
	var attempts []attempt
	for _, command := range leaves(t) {
		base := append(strings.Fields(pathOf(command)), usableFlags(t, command)...)
		add := func(where string, secret misplacedSecret, args ...string) {
			attempts = append(attempts, attempt{command.Name + " " + where + " with " + secret.name, nil, append(slices.Clone(base), args...)})
		}
		for _, secret := range secretsFor(command, nil, "") {
			add("as an argument", secret, secret.text)
			add("as a flag", secret, "--"+secret.text)
			add("as an unknown flag's value", secret, "--private-key="+secret.text)
		}
		for _, flag := range command.Flags {
			for _, secret := range secretsFor(command, flag, flag.Name) {
				add("--"+flag.Name+"=", secret, "--"+flag.Name+"="+secret.text)
				if strings.HasPrefix(secret.text, "-") { // so it looks like a flag
					add("--"+flag.Name, secret, "--"+flag.Name, secret.text)
				}
			}
		}
	}
	mustAllHide(t, attempts)
}

func TestNoCommandShowsASecretThatIsInTheWrongVariable(t *testing.T) {
	var attempts []attempt
	add := func(command *kong.Node, variable string, secrets []misplacedSecret) {
		args := append(strings.Fields(pathOf(command)), slices.DeleteFunc(usableFlags(t, command), func(arg string) bool {
			name, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
			return isReadFrom(command, name, variable)
		})...)
		for _, secret := range secrets {
			what := command.Name + " with " + secret.name + " in " + variable
			attempts = append(attempts, attempt{what, map[string]string{variable: secret.text}, args})
			if hasEnvFile(command) && secret.isTypical {
				file := writeEnvFile(t, variable+`="`+secret.text+"\"\n")
				attempts = append(attempts, attempt{what + " of an env file", nil, append(slices.Clone(args), "--env-file", file)})
			}
		}
	}
	for _, command := range leaves(t) {
		for _, flag := range command.Flags {
			for _, variable := range flag.Envs {
				add(command, variable, secretsFor(command, flag, variable))
			}
		}
		if hasEnvFile(command) {
			for _, variable := range []string{"API_TOKEN", "PRIVATE_KEY", "ACCESS_TOKEN", "CONTINUE_ACCESS_TOKEN"} {
				add(command, variable, typicalSecrets())
			}
		}
	}
	mustAllHide(t, attempts)
}

// secretsFor are the secrets to try in a flag or its variable, or instead of a flag. They
// are few for a flag that other commands have too, and for one that is no text: what
// happens to those is the same everywhere.
func secretsFor(command *kong.Node, flag *kong.Flag, setting string) []misplacedSecret {
	isShared, isText := flag == nil || command.Name == "doctor" && flag.Name != "url" && flag.Name != "wallet" || // as those of serve
		flag.Group != nil && flag.Group.Key != "what", flag == nil
	if flag != nil {
		_, isText = flag.Target.Interface().(string)
	}
	secrets := misplacedSecrets
	if !isText || isShared && command.Name != "request" {
		secrets = typicalSecrets()
	}
	return slices.DeleteFunc(slices.Clone(secrets), func(s misplacedSecret) bool { return mayHave(setting, s) })
}

func TestNoCommandShowsASecretOfABrokenEnvFile(t *testing.T) {
	t.Parallel()
	for _, command := range leaves(t) {
		for _, secret := range typicalSecrets() {
			for _, line := range []string{secret.text, "KEY-ID=" + secret.text, "KEY_ID='" + secret.text, "export " + secret.text} {
				if hasEnvFile(command) {
					mustHide(t, attempt{command.Name + " with " + line, nil, append(strings.Fields(pathOf(command)), "--env-file", writeEnvFile(t, line+"\n"))})
				}
			}
		}
	}
}

// kong reads the variables of the process itself, which only a process shows.
func TestTheProgramShowsNoSecretOfItsEnvironment(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"request", "serve", "doctor"} {
		for _, variable := range []string{"INSECURE_ALLOW_LOCAL", "WALLET_ADDRESS", "PRIVATE_KEY_PATH", "POWERTOOLS_LOG_LEVEL", "RETURN_URLS"} {
			for _, secret := range typicalSecrets() {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				cmd := exec.CommandContext(ctx, os.Args[0], command)
				cmd.Dir = t.TempDir()
				cmd.Env = append(os.Environ(), beTheProgram+"=1", variable+"="+secret.text)
				out, err := cmd.CombinedOutput()
				cancel()
				if err == nil {
					t.Errorf("%s with %s in %s ends well", command, secret.name, variable)
				}
				mustNotShow(t, command+" with "+secret.name+" in "+variable, string(out))
			}
		}
	}
}

// pathOf is the names that call a command.
func pathOf(c *kong.Node) string { return command.Path(c) }

// leaves are all commands, with their flags.
func leaves(t *testing.T) []*kong.Node {
	t.Helper()
	var grammar commands
	parser, err := newParser(&grammar, &cli.Terminal{}, kong.Bind(&cli.Environment{}, &cli.Terminal{}))
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model.Leaves(true)
}

func hasEnvFile(command *kong.Node) bool {
	return slices.ContainsFunc(command.Flags, func(f *kong.Flag) bool { return f.Name == "env-file" })
}

func isReadFrom(command *kong.Node, flag, variable string) bool {
	return slices.ContainsFunc(command.Flags, func(f *kong.Flag) bool { return f.Name == flag && slices.Contains(f.Envs, variable) })
}

// usableFlags are flags with which each command gets as far as using its others.
func usableFlags(t *testing.T, command *kong.Node) (args []string) {
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
		if v, ok := with[f.Name]; ok {
			args = append(args, "--"+f.Name+"="+v)
		}
	}
	return args
}

func writeEnvFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// mustAllHide tries them side by side, because those that do not fail wait.
func mustAllHide(t *testing.T, attempts []attempt) {
	t.Helper()
	if len(attempts) < 300 {
		t.Errorf("there are only %d attempts", len(attempts))
	}
	t.Chdir(t.TempDir()) // some values are the names of files that are written
	slots := make(chan struct{}, 32)
	var all sync.WaitGroup
	for _, a := range attempts {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			mustHide(t, a)
		})
	}
	all.Wait()
}

// mustHide runs the command in this process until it ends or is ready for callers. It
// builds a parser of that command alone: one of all commands takes most of the time.
func mustHide(t *testing.T, a attempt) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	output := &outputUntilReady{ready: cancel}
	runOneOf(ctx, commandAlone(t, a.args[0]), a.args, func(name string) string { return a.env[name] }, &cli.Terminal{In: strings.NewReader(""), Out: output, Err: output})
	mustNotShow(t, a.what, output.String())
}

// commandAlone is a pointer to the one of commands that has this name.
func commandAlone(t *testing.T, name string) any {
	t.Helper()
	field, ok := reflect.TypeFor[commands]().FieldByNameFunc(func(field string) bool { return strings.EqualFold(field, name) })
	if !ok {
		t.Errorf("there is no command %q", name) // the goroutine is not the test's
		return &commands{}
	}
	return reflect.New(reflect.StructOf([]reflect.StructField{field})).Interface()
}

// outputUntilReady calls ready when a command says that it listens.
type outputUntilReady struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready func()
}

func (o *outputUntilReady) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, sign := range []string{`"message":"listening"`, "Ctrl-C"} {
		if bytes.Contains(p, []byte(sign)) {
			o.ready()
		}
	}
	return o.text.Write(p)
}

func (o *outputUntilReady) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
