package command

import (
	"context"
	"net/http"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/doctor"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/internal/config"
)

// Doctor is `opgrants doctor`. It has the flags of `opgrants serve`, to check the same
// command line.
type Doctor struct {
	config.Serve
	URL    string `name:"url" placeholder:"URL" help:"Check a running deployment at this base URL, with the first token of API_TOKEN. The key and the wallet address are then checked only if they are set here."`
	Wallet string `name:"wallet" placeholder:"URL" help:"Wallet address of a user to check too. With --url, the deployment asks it for a grant of the smallest amount, and ends that grant."`

	EnvFile cli.EnvFiles    `name:"env-file" sep:"none" placeholder:"FILE" help:"Read variables from this file too, as serve does."`
	Trace   bool            `name:"trace" help:"Show every request to a wallet and its answer on stderr, secrets masked."`
	Output  cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Doctor) Help() string {
	return `Checks in order: the signing key, its file, the wallet address, its public name, its JWKS, the id of the key and the
key there, the clock, whether the wallet's authorization server takes a signed request, and the settings of
"opgrants serve": RETURN_URLS, API_TOKEN, and PUBLIC_URL as a browser reaches it. It says ✓, or what is wrong and the
command that mends it. A check that depends on one that failed is skipped. It asks the wallet for a grant that needs no
consent, and ends it; nothing else is made or changed. The exit code is that of the first check that failed.` +
		exitCodes(exit.OK, exit.Internal, exit.Usage, exit.Key, exit.UnknownWallet, exit.KeyRefused, exit.WalletRefused, exit.WalletFailed,
			exit.NotRunning, exit.Interrupted)
}

// Run does the checks.
func (c *Doctor) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	c.ReadSecrets(env.Get)
	out := c.Output.To(term)
	results, err := doctor.Run(ctx, doctor.Options{
		Settings: c.Serve,
		URL:      c.URL,
		Payer:    c.Wallet,
		KeyFiles: env.FilesWith("PRIVATE_KEY"),
		Wallets:  identity.NewTransport(term, c.InsecureAllowLocal, c.Trace),
		Services: &cli.WaitingTransport{Base: http.DefaultTransport.(*http.Transport).Clone(), Term: term},
		Report: func(r doctor.Result) {
			if !c.Output.JSON {
				printResult(term, r)
			}
		},
	})
	out.Checks(results)
	return out.End(err)
}

// marks are what stands before a result, with its color.
var marks = map[doctor.Status]struct {
	mark  string
	color cli.Color
}{
	doctor.Passed:  {"✓", cli.Green},
	doctor.Failed:  {"✗", cli.Red},
	doctor.Skipped: {"-", cli.Yellow},
}

// printResult prints a line for a result, and one for the command that mends it. An
// error of stdout could not be reported better than by the next line.
func printResult(term *cli.Terminal, r doctor.Result) {
	mark, title := marks[r.Status].mark, r.Title
	if term.ColorOut {
		mark, title = marks[r.Status].color.Paint(mark), cli.Bold.Paint(title)
	}
	_ = term.Print("%s %s: %s", mark, title, r.Detail)
	if r.Fix != "" {
		_ = term.Print("    %s", r.Fix)
	}
}
