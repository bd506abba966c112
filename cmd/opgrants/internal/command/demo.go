package command

import (
	"context"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/demo"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// Demo is `opgrants demo`.
type Demo struct {
	demo.Options
	JSON bool `name:"json" help:"Print one JSON object instead: the addresses at the start, or with --auto the steps at the end."`
}

// Help is the long text of --help.
func (*Demo) Help() string {
	return `Starts a sandbox wallet, the service with its grants in a temporary file, and a shop, and prints a link to the shop.
Order there; allow or refuse at the wallet; come back and see what was paid. Allow more every day, and order again
without being asked, until the wallet says that it is too much, or you end it. Each request that was made is shown, its
secrets masked, and the clock can be put forward. No real money moves, and nothing is left behind.

The exit code is one of:

` + exit.Table(exit.OK, exit.Internal, exit.Usage, exit.Port, exit.StepFailed, exit.Interrupted)
}

// Run runs the demonstration until ctx is done, or the steps are.
func (d *Demo) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	out := cli.OutputFlags{JSON: d.JSON}.To(term)
	return out.End(demo.Run(ctx, term, out, env.Process, d.Options))
}
