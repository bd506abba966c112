package main

import (
	"context"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/accesstoken"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/continuation"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/demo"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/environ"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/keygen"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/pay"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/request"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/sandbox"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/serve"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/terminal"
)

type commands struct {
	Demo     demo.Command          `cmd:"" help:"Show it all on this machine: a wallet, the service and a shop."`
	Request  request.Command       `cmd:"" help:"Ask a wallet for one grant and wait for the user's consent."`
	Pay      pay.Command           `cmd:"" help:"Pay a wallet: incoming payment, quote, consent and outgoing payment."`
	Continue continuation.Continue `cmd:"" help:"Get the token of a grant that the user has consented to."`
	Rotate   accesstoken.Rotate    `cmd:"" help:"Exchange an access token for a new one."`
	Revoke   accesstoken.Revoke    `cmd:"" help:"End an access token."`
	Cancel   continuation.Cancel   `cmd:"" help:"End a grant, and its access tokens with it."`
	Serve    serve.Command         `cmd:"" help:"Run the service as one process."`
	Sandbox  sandbox.Command       `cmd:"" help:"Run a wallet to try the other commands with."`
	Keygen   keygen.Command        `cmd:"" help:"Make a signing key, and show its public half as wallets want it."`
}

var groups = kong.ExplicitGroups([]kong.Group{
	{Key: "who", Title: "Who asks:"},
	{Key: "what", Title: "For what:"},
	{Key: "how", Title: "How:"},
})

// run parses args, runs the command and says on the terminal why it failed.
func run(ctx context.Context, args []string, getenv func(string) string, term *terminal.Terminal) exit.Code {
	var grammar commands
	env := &environ.Environment{Process: getenv, Stdin: term.In}
	helped := false
	parser, err := kong.New(&grammar,
		kong.Name("opgrants"),
		kong.Description("Consent to outgoing payments over Open Payments."),
		kong.Writers(term.Out, term.Err),
		kong.Exit(func(int) { helped = true }), // --help has been printed
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
	if err == nil && parsed.Selected() != nil && parsed.Selected().Name != "serve" { // which says more
		err = environ.CheckFlags(parsed)
	}
	if err != nil {
		term.Say("opgrants: %v", exit.Usage.With("%w. Try --help.", environ.MaskUsage(err, args)))
		return exit.Usage
	}
	if err := parsed.Run(); err != nil {
		term.Say("opgrants: %v", err)
		return exit.Of(err)
	}
	return exit.OK
}
