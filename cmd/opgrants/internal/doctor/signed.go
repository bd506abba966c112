package doctor

import (
	"context"
	"errors"
	"net/http"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// checkSignedRequest asks the authorization server of the wallet address for a grant
// that needs no consent, and ends it. Nothing is created with it.
func (d *doctor) checkSignedRequest(ctx context.Context) Result {
	client, err := opclient.New(opclient.Config{
		WalletAddress: d.address, KeyID: d.Settings.KeyID, Key: d.key,
		HTTP: &http.Client{Transport: d.Wallets}, InsecureAllowLocal: d.Settings.InsecureAllowLocal, Now: d.Now,
	})
	if err != nil {
		return fail(exit.Usage, InvalidSetting, "opgrants doctor --help", "%v.", err)
	}
	server := d.wallet.AuthServer
	grant, err := client.RequestGrant(ctx, server, opclient.GrantRequest{Access: []opclient.Access{
		{Type: opclient.TypeIncomingPayment, Actions: []string{"read"}, Identifier: d.wallet.ID},
	}})
	if err != nil {
		return explainRefusal(server, err)
	}
	if err := client.Cancel(context.WithoutCancel(ctx), grant.Continue); err != nil && !opclient.IsGone(err) {
		return pass("%s takes your signature. The grant that was asked for could not be ended, and ends by itself: %v.", server, err)
	}
	return pass("%s takes your signature.", server)
}

func explainRefusal(server string, err error) Result {
	var known *exit.Error
	errors.As(cli.RequestError(err), &known) // as each of its errors
	const look = "opgrants doctor --trace"
	switch known.Code {
	case exit.KeyRefused:
		return fail(known.Code, Refused, look, "%s does not accept your signature: %v. The key in the JWKS is yours, so the server may have read an older one, or may not reach it.", server, err)
	case exit.WalletRefused, exit.UserRefused:
		return fail(exit.WalletRefused, Refused, look, "%s refuses a signed request: %v.", server, err)
	}
	return fail(known.Code, Unreachable, look, "%s cannot be asked: %v.", server, err)
}
