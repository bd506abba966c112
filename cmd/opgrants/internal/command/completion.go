package command

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// Completion is `opgrants completion`.
type Completion struct {
	Shell string `arg:"" name:"shell" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is the long text of --help.
func (*Completion) Help() string {
	return `Prints a script for the shell that completes the commands and flags of opgrants. It has them as they are in this
version: make it anew after an update.` + exitCodes(exit.OK, exit.Usage)
}

// Run prints the script.
func (c *Completion) Run(term *cli.Terminal, parsed *kong.Context) error {
	words := completions(parsed.Model.Node)
	switch c.Shell {
	case "fish":
		return term.Print("%s", fishScript(words))
	case "zsh":
		return term.Print("autoload -Uz bashcompinit && bashcompinit\n%s", bashScript(words))
	}
	return term.Print("%s", bashScript(words))
}

// A completion is the words that may follow a command.
type completion struct {
	path  string // of the command, without the program: "admin retry"
	words []string
}

// completions are those of node and of the commands below it.
func completions(node *kong.Node) []completion {
	c := completion{path: Path(node)}
	for _, flag := range node.Flags {
		if !flag.Hidden {
			c.words = append(c.words, "--"+flag.Name)
		}
	}
	for _, argument := range node.Positional {
		if argument.Enum != "" {
			c.words = append(c.words, argument.EnumSlice()...)
		}
	}
	list := []completion{c}
	for _, child := range node.Children {
		if !child.Hidden {
			list[0].words = append(list[0].words, child.Name)
			list = append(list, completions(child)...)
		}
	}
	return list
}

// Path returns the names of a command and of those above it, without the
// program's: "admin retry".
func Path(node *kong.Node) string {
	if node.Parent == nil {
		return ""
	}
	return strings.TrimSpace(Path(node.Parent) + " " + node.Name)
}

// bashScript finds the command among the words before the cursor, and then offers its
// words. Files complete the values.
func bashScript(list []completion) string {
	var b strings.Builder
	b.WriteString("_opgrants() {\n  local path=\"\" word words i\n  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=\"${COMP_WORDS[i]}\"\n    case \"$path $word\" in\n")
	for _, c := range list[1:] {
		fmt.Fprintf(&b, "      %q) path=%q ;;\n", " "+c.path, " "+c.path)
	}
	b.WriteString("    esac\n  done\n  case \"$path\" in\n")
	for _, c := range list {
		path := ""
		if c.path != "" {
			path = " " + c.path
		}
		fmt.Fprintf(&b, "    %q) words=%q ;;\n", path, strings.Join(c.words, " "))
	}
	b.WriteString("  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F _opgrants opgrants")
	return b.String()
}

// fishScript offers the words of a command once its name is on the line.
func fishScript(list []completion) string {
	var b strings.Builder
	for _, c := range list {
		condition := "__fish_use_subcommand"
		if names := strings.Fields(c.path); len(names) > 0 {
			condition = "__fish_seen_subcommand_from " + strings.Join(names, "; and __fish_seen_subcommand_from ")
		}
		for _, word := range c.words {
			option := "-f -a " + word
			if name, isFlag := strings.CutPrefix(word, "--"); isFlag {
				option = "-l " + name
			}
			fmt.Fprintf(&b, "complete -c opgrants -n '%s' %s\n", condition, option)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
