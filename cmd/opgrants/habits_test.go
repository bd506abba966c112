package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/command"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// allCommands are the program, its commands and their commands.
func allCommands(t *testing.T) (all []*kong.Node) {
	t.Helper()
	var add func(*kong.Node)
	add = func(n *kong.Node) {
		all = append(all, n)
		for _, child := range n.Children {
			add(child)
		}
	}
	add(leaves(t)[0].Parent)
	if len(all) < 15 {
		t.Fatalf("there are only %d commands", len(all))
	}
	return all
}

// helpOf returns the help of a command.
func helpOf(t *testing.T, node *kong.Node) string {
	t.Helper()
	got := runs(t, nil, append(strings.Fields(pathOf(node)), "--help")...)
	if got.code != exit.OK || got.err != "" {
		t.Errorf("%s --help ends with %d:\n%s", pathOf(node), got.code, got.err)
	}
	return got.out
}

func TestEachHelpHasExamplesThatAreRight(t *testing.T) {
	for _, node := range allCommands(t) {
		_, examples, found := strings.Cut(helpOf(t, node), "\nExamples:\n")
		if lines := strings.Split(strings.TrimSpace(examples), "\n"); !found || lines[0] == "" {
			t.Errorf("%q has no examples", pathOf(node))
			continue
		} else if len(node.Children) == 0 {
			for _, line := range lines {
				if !strings.HasPrefix(strings.TrimSpace(line), "opgrants "+pathOf(node)) {
					t.Errorf("the example of %q is for another command: %s", pathOf(node), line)
				}
			}
		}
		for line := range strings.Lines(strings.TrimSpace(examples)) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " > ")
			args := strings.Fields(line)[1:]
			args = slices.DeleteFunc(args, func(a string) bool { return strings.HasSuffix(a, ".env") || a == "--env-file" })
			parser, err := newParser(new(commands), &cli.Terminal{}, kong.Bind(&cli.Environment{}, &cli.Terminal{}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(args); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	for path := range command.Examples {
		if !slices.ContainsFunc(allCommands(t), func(n *kong.Node) bool { return pathOf(n) == path }) {
			t.Errorf("there are examples for %q, which is no command", path)
		}
	}
}

// Words that other programs take for their help.
func TestHelpIsFoundByHabit(t *testing.T) {
	for asked, same := range map[string]string{"help": "--help", "help pay": "pay --help", "help admin retry": "admin retry --help", "pay -h": "pay --help"} {
		got, want := runs(t, nil, strings.Fields(asked)...), runs(t, nil, strings.Fields(same)...)
		if got.code != exit.OK || got.out != want.out || got.out == "" {
			t.Errorf("%s: %d\n%s%s", asked, got.code, got.out, got.err)
		}
	}
}

// withoutJSON are the commands whose output a shell reads.
var withoutJSON = []string{"completion"}

func TestEachCommandAndFlagIsDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	flags := 0
	for _, node := range leaves(t) {
		path := pathOf(node)
		if !strings.HasSuffix(node.Help, ".") || node.Detail == "" {
			t.Errorf("%s is not described", path)
		}
		if first, _, _ := strings.Cut(path, " "); !strings.Contains(string(page), "\n| `"+first+"` |") {
			t.Errorf("docs/cli.md has no row for %s", first)
		}
		for _, flag := range node.Flags {
			flags++
			if !strings.HasSuffix(strings.TrimSuffix(flag.Help, "`"), ".") {
				t.Errorf("the description of %s --%s is not a sentence: %q", path, flag.Name, flag.Help)
			}
		}
		hasJSON := slices.ContainsFunc(node.Flags, func(f *kong.Flag) bool { return f.Name == "json" })
		if !hasJSON && !slices.Contains(withoutJSON, path) {
			t.Errorf("%s has no --json", path)
		}
	}
	if flags < 100 {
		t.Errorf("only %d flags were looked at", flags)
	}
}

func TestAMisspeltCommandIsFound(t *testing.T) {
	for _, node := range allCommands(t)[1:] {
		parent, name := strings.TrimSuffix(pathOf(node), node.Name), node.Name
		for _, wrong := range []string{name[:len(name)-1], name + "s", name[:1] + name[2:], strings.ToUpper(name[:1]) + name[1:]} {
			got := runs(t, nil, append(strings.Fields(parent), wrong)...)
			wantEnding(t, got, exit.Usage, "did you mean", `"`+name+`"`, "Try: opgrants")
		}
	}
	got := runs(t, nil, "keygn")
	if want := "Try: opgrants keygen --help\n"; !strings.HasSuffix(got.err, want) {
		t.Errorf("got %q, want %q at its end", got.err, want)
	}
}

func TestAMisspeltFlagIsFound(t *testing.T) {
	for _, node := range leaves(t) {
		for _, flag := range node.Flags {
			if len(flag.Name) < 3 {
				continue
			}
			for _, wrong := range []string{flag.Name[:1] + flag.Name[2:], strings.ReplaceAll(flag.Name, "-", "_")} {
				if wrong == flag.Name {
					continue
				}
				got := runs(t, nil, append(strings.Fields(pathOf(node)), "--"+wrong)...)
				wantEnding(t, got, exit.Usage, "did you mean", `"--`+flag.Name+`"`, "Try: opgrants "+pathOf(node)+" --help")
			}
		}
	}
}

// The last line of each error is a command, whatever went wrong.
func TestEachErrorEndsWithTheCommandToTry(t *testing.T) {
	t.Chdir(t.TempDir())
	next := regexp.MustCompile(`\nTry: (opgrants|export|chmod|curl|sudo|openssl|unset) ?\S`)
	for _, node := range leaves(t) {
		for _, args := range [][]string{{"--nonsense"}, {"one", "too", "many"}} {
			got := runs(t, nil, append(strings.Fields(pathOf(node)), args...)...)
			if lines := strings.Split(strings.TrimSpace(got.err), "\n"); !strings.HasPrefix(lines[len(lines)-1], "Try: opgrants") || !next.MatchString(got.err) {
				t.Errorf("%s ends with %q", pathOf(node), got.err)
			}
		}
	}
	for line, want := range map[string]string{
		"pyment": "opgrants --help",
		"pay":    "opgrants pay --help",
		"request --debit x --client-wallet https://wallet.example/shop --key-id k":         "opgrants keygen",
		"request --client-wallet https://wallet.example/shop --key-id k --key nowhere.pem": "opgrants doctor",
		"serve": "opgrants doctor", "serve --max-reqests 1": "opgrants serve --help",
		"doctor":                "opgrants keygen --out private-key.pem",
		"admin given-up":        "opgrants serve",
		"sandbox --listen x":    "opgrants sandbox --help",
		"keygen --key-id a;b":   "opgrants keygen --help",
		"keygen --from nowhere": "opgrants keygen --help",
		"completion tcsh":       "opgrants completion --help",
	} {
		got := runs(t, nil, strings.Fields(line)...)
		if !strings.HasSuffix(got.err, "\nTry: "+want+"\n") {
			t.Errorf("%q ends with %q, want %q", line, got.err, want)
		}
	}
}

func TestTheErrorOfACommandLineIsJSONToo(t *testing.T) {
	got := runs(t, nil, "pay", "--jsn", "--json")
	if want := `"exit":2,"code":"usage"`; !strings.Contains(got.out, want) || !strings.Contains(got.out, `"try":"opgrants pay --help"`) {
		t.Errorf("printed is %s", got.out)
	}
}

func TestTheFlagsOfPayAndServeHaveBothNames(t *testing.T) {
	for _, args := range [][]string{
		{"doctor", "--client-wallet", "https://wallet.example/shop", "--key", "nowhere.pem", "--insecure-local"},
		{"doctor", "--wallet-address", "https://wallet.example/shop", "--private-key-path", "nowhere.pem", "--insecure-allow-local"},
	} {
		parser, err := newParser(new(commands), &cli.Terminal{}, kong.Bind(&cli.Environment{}, &cli.Terminal{}))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.Parse(args)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		for _, flag := range parsed.Flags() {
			if flag.Name == "wallet-address" && flag.Target.String() != "https://wallet.example/shop" || flag.Name == "private-key-path" && flag.Target.String() != "nowhere.pem" {
				t.Errorf("%v: --%s is %s", args, flag.Name, flag.Target)
			}
		}
	}
}

func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("there is no bash")
	}
	script := filepath.Join(t.TempDir(), "completion")
	got := runs(t, nil, "completion", "bash")
	if err := os.WriteFile(script, []byte(got.out), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"opgrants ke":                   "keygen",
		"opgrants admin g":              "given-up",
		"opgrants pay --client":         "--client-wallet",
		"opgrants admin retry --data":   "--data-file",
		"opgrants pay --debit 1 --quo":  "--quote",
		"opgrants completion z":         "zsh",
		"opgrants doctor --wallet-addr": "--wallet-address",
	} {
		words := strings.Fields(line)
		cmd := exec.CommandContext(t.Context(), bash, "--norc", "-c", `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _opgrants; printf '%s\n' "${COMPREPLY[@]}"`, "bash", script)
		cmd.Args = append(cmd.Args, words...)
		out, err := cmd.CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%q is completed with %q, want %q (%v)", line, out, want, err)
		}
	}
	for shell, sign := range map[string]string{"zsh": "bashcompinit", "fish": "complete -c opgrants -n '__fish_seen_subcommand_from pay' -l quote\n"} {
		if got := runs(t, nil, "completion", shell); !strings.Contains(got.out, sign) {
			t.Errorf("the script for %s lacks %q:\n%s", shell, sign, got.out)
		}
	}
}
