package command

import (
	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// GrantFlags say which grant a command is for.
type GrantFlags struct {
	URI    string         `name:"continue-uri" env:"CONTINUE_URI" placeholder:"URL" group:"what" help:"Where the grant is continued. Its token is read from $CONTINUE_ACCESS_TOKEN or an --env-file, never from an argument."`
	Client identity.Flags `embed:""`
}

// open makes a client, and reads how to continue the grant.
func (g *GrantFlags) open(term *cli.Terminal, env *cli.Environment) (client *opclient.Client, k opclient.Continue, err error) {
	if err := g.Client.Check(); err != nil {
		return nil, k, err
	}
	k = opclient.Continue{URI: g.URI, Token: opclient.Secret(env.Get("CONTINUE_ACCESS_TOKEN"))}
	switch {
	case k.URI == "":
		return nil, k, exit.Usage.With("--continue-uri or CONTINUE_URI is missing: `opgrants request` prints it.")
	case k.Token == "":
		return nil, k, exit.Usage.With("CONTINUE_ACCESS_TOKEN is missing: `opgrants request` prints it. Set it in the environment or an --env-file.")
	}
	client, err = g.Client.Open(term, env)
	return client, k, err
}
