package main

import (
	"context"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/command"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

type commands struct {
	Demo     command.Demo     `cmd:"" help:"Try everything on this machine: a wallet, the service and a shop."`
	Request  command.Request  `cmd:"" help:"Ask a wallet for one grant and wait for the user's consent."`
	Pay      command.Pay      `cmd:"" help:"Pay a wallet: incoming payment, quote, consent and outgoing payment."`
	Continue command.Continue `cmd:"" help:"Get the token of a grant that the user has consented to."`
	Rotate   command.Rotate   `cmd:"" help:"Exchange an access token for a new one."`
	Revoke   command.Revoke   `cmd:"" help:"End an access token."`
	Cancel   command.Cancel   `cmd:"" help:"End a grant, and its access tokens with it."`
	Serve    command.Serve    `cmd:"" help:"Run the service as one process."`
	Admin    command.Admin    `cmd:"" help:"Ask a running service: what it has given up, a backup, whether it is ready."`
	Sandbox  command.Sandbox  `cmd:"" help:"Run a wallet to try the other commands with."`
	Keygen   command.Keygen   `cmd:"" help:"Make a signing key, and show its public half as wallets want it."`
}

var groups = kong.ExplicitGroups([]kong.Group{
	{Key: "who", Title: "Who asks:"},
	{Key: "what", Title: "For what:"},
	{Key: "how", Title: "How:"},
})

// run parses args and runs the command. It prints on the terminal why that failed.
func run(ctx context.Context, args []string, getenv func(string) string, term *cli.Terminal) exit.Code {
	var grammar commands
	env := &cli.Environment{Process: getenv, Stdin: term.In}
	helped := false
	parser, err := kong.New(&grammar,
		kong.Name("opgrants"),
		kong.Description("Consent to outgoing payments over Open Payments."),
		kong.Writers(term.Out, term.Err),
		kong.Exit(func(int) { helped = true }), // it has printed the help
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true}),
		kong.Resolvers(env),
		kong.Bind(env, term),
		groups,
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		term.Say("opgrants: %v", err)
		return exit.Internal
	}
	parsed, err := parser.Parse(args)
	if helped {
		return exit.OK
	}
	if err == nil && parsed.Selected().Name != "serve" { // which says more
		err = cli.CheckFlags(parsed)
	}
	if err != nil {
		err = exit.Usage.With("%w. Try --help.", cli.MaskUsage(err, args))
	} else {
		err = parsed.Run()
	}
	if err != nil {
		term.Say("opgrants: %v", err)
	}
	return exit.Of(err)
}
