package command

import (
	"errors"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// TokenFlags say which token a command manages.
type TokenFlags struct {
	Manage string         `name:"manage-url" env:"MANAGE_URL" placeholder:"URL" group:"what" help:"Where the token is managed. The token is read from $ACCESS_TOKEN or an --env-file, never from an argument."`
	Client identity.Flags `embed:""`
}

// open makes a client, and reads the token that it manages.
func (t *TokenFlags) open(term *cli.Terminal, env *cli.Environment) (*opclient.Client, *opclient.Token, error) {
	if err := t.Client.Check(); err != nil {
		return nil, nil, err
	}
	token := &opclient.Token{Manage: t.Manage, Value: opclient.Secret(env.Get("ACCESS_TOKEN"))}
	switch {
	case token.Manage == "":
		return nil, nil, exit.Usage.With("--manage-url or MANAGE_URL is missing: it is printed with the token.")
	case token.Value == "":
		return nil, nil, exit.Usage.With("ACCESS_TOKEN is missing: set it in the environment or an --env-file.")
	}
	client, err := t.Client.Open(term, env)
	return client, token, err
}

// isUnknownToken reports whether a server does not know the token that it is to
// manage. It has the same code for a key that it does not accept; the words tell
// them apart.
func isUnknownToken(err error) bool {
	var e *opclient.Error
	return errors.As(err, &e) && e.Status == 401 && e.Code == opclient.CodeInvalidClient && strings.Contains(e.Description, "access token")
}

func unknownToken(err error) error {
	return exit.WalletRefused.With("The wallet does not know this token: it was rotated or revoked before, or its grant has ended. %w", err)
}
