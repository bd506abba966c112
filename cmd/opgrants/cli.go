package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/command"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

type commands struct {
	Demo       command.Demo       `cmd:"" help:"Try everything on this machine: a wallet, the service and a shop."`
	Request    command.Request    `cmd:"" help:"Ask a wallet for one grant and wait for the user's consent."`
	Pay        command.Pay        `cmd:"" help:"Pay a wallet: incoming payment, quote, consent and outgoing payment. Or pay through a service, from a grant that it has."`
	Checkout   command.Checkout   `cmd:"" help:"Take one payment through a service that runs: consent and payment."`
	Continue   command.Continue   `cmd:"" help:"Get the token of a grant that the user has consented to."`
	Rotate     command.Rotate     `cmd:"" help:"Exchange an access token for a new one."`
	Revoke     command.Revoke     `cmd:"" help:"End an access token."`
	Cancel     command.Cancel     `cmd:"" help:"End a grant, and its access tokens with it."`
	Serve      command.Serve      `cmd:"" help:"Run the service as one process."`
	Doctor     command.Doctor     `cmd:"" help:"Check the key, the wallet address, the settings or a running service, and say what is wrong."`
	Admin      command.Admin      `cmd:"" help:"Ask a running service: what it has given up, a backup, whether it is ready."`
	Sandbox    command.Sandbox    `cmd:"" help:"Run a wallet to try the other commands with."`
	Keygen     command.Keygen     `cmd:"" help:"Make a signing key, and show its public half as wallets want it."`
	Version    command.Version    `cmd:"" help:"Print the version of this program."`
	Completion command.Completion `cmd:"" help:"Print a script that completes commands and flags in a shell."`
}

var groups = kong.ExplicitGroups([]kong.Group{
	{Key: "who", Title: "Who asks:"},
	{Key: "what", Title: "For what:"},
	{Key: "how", Title: "How:"},
})

// run parses args and runs the command. It prints on the terminal why that failed, and
// the command to try next.
func run(ctx context.Context, args []string, getenv func(string) string, term *cli.Terminal) exit.Code {
	return runOneOf(ctx, &commands{}, args, getenv, term)
}

// runOneOf is run with the commands of grammar, a pointer to commands or to some of them.
func runOneOf(ctx context.Context, grammar any, args []string, getenv func(string) string, term *cli.Terminal) exit.Code {
	env := &cli.Environment{Process: getenv, Stdin: cli.UntilDone(ctx, term.In)}
	helped := false
	parser, err := newParser(grammar, term,
		kong.Exit(func(int) { helped = true }), // it has printed the help
		kong.Resolvers(env),
		kong.Bind(env, term),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		term.Say("opgrants: %v", err)
		return exit.Internal
	}
	isWhole := isWholeCommand(parser.Model.Node, args)
	if args = fromHabit(args); !isWhole {
		args = append(args, "--help")
	}
	term.Command = commandOf(parser.Model.Node, args)
	parsed, err := parser.Parse(args)
	switch {
	case helped && !isWhole:
		err := exit.Usage.With("Name a command.")
		term.Fail(err, exit.Next(err, term.Command))
		return exit.Usage
	case helped:
		return exit.OK
	}
	if ended := notOfUsage(ctx, err); ended != nil {
		term.Fail(ended, exit.Next(ended, term.Command))
		return exit.Of(ended)
	}
	if err == nil {
		err = cli.CheckEmpty(parsed)
	}
	if err == nil && saysMore[parsed.Selected().Name] == "" {
		err = cli.CheckFlags(parsed)
	}
	if err != nil {
		err = cli.UsageError(cli.MaskUsage(err, args), term.Command)
		if slices.Contains(args, "--json") {
			err = cli.OutputFlags{JSON: true}.To(term).End(err)
		}
	} else {
		err = parsed.Run()
	}
	if err != nil {
		term.Fail(err, exit.Next(err, term.Command))
	}
	return exit.Of(err)
}

// notOfUsage returns the error of a parser that failed with err for another reason than
// the command line: the command was interrupted, or its help cannot be written. Else nil.
func notOfUsage(ctx context.Context, err error) error {
	var file *fs.PathError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return exit.Interrupted.With("")
	case errors.As(err, &file) && file.Op == "write":
		return file
	}
	return nil
}

// saysMore are the commands that check secrets in the wrong place themselves.
var saysMore = map[string]string{"serve": "config.Serve", "doctor": "config.Serve"}

// newParser makes the parser of the command line.
func newParser(grammar any, term *cli.Terminal, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(grammar, append([]kong.Option{
		kong.Name("opgrants"),
		kong.Description("Consent to outgoing payments over Open Payments."),
		kong.Writers(term.Out, term.Err),
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true}),
		kong.Help(printHelp),
		kong.PostBuild(cli.AddOtherNames),
		groups,
	}, more...)...)
}

// printHelp prints the help of a command, with examples.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	node := ctx.Selected()
	if node == nil {
		node = ctx.Model.Node
	}
	text := "\nExamples:\n"
	for _, example := range command.Examples[command.Path(node)] {
		text += "  " + example + "\n"
	}
	_, err := fmt.Fprint(ctx.Stdout, text)
	return err
}

// fromHabit returns the arguments that other programs take for help and version as
// this one takes them.
func fromHabit(args []string) []string {
	switch {
	case len(args) == 0:
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	case len(args) == 1 && (args[0] == "--version" || args[0] == "-version"):
		return []string{"version"}
	}
	return args
}

// isWholeCommand reports false if args are nothing, or a command that only has commands,
// such as admin.
func isWholeCommand(node *kong.Node, args []string) bool {
	isGroup := func(n *kong.Node) bool { return n.Name == args[0] && len(n.Children) > 0 }
	return len(args) > 1 || len(args) == 1 && !slices.ContainsFunc(node.Children, isGroup)
}

// commandOf returns the command that args begin with, as far as there is one.
func commandOf(node *kong.Node, args []string) string {
	name := "opgrants"
	for _, arg := range args {
		i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == arg })
		if i < 0 {
			if strings.HasPrefix(arg, "-") && node.Parent == nil {
				continue
			}
			break
		}
		node = node.Children[i]
		name += " " + node.Name
	}
	return name
}
