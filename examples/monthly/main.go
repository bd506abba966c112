// Command monthly asks a user for consent to payments of 5.00 USD a month. It uses the
// client library, and a sandbox wallet that it starts itself. One line of Go plays the
// user. In an app the user is a person with a browser.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/url"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	wallet, err := sandbox.Start(sandbox.Config{Wait: -1})
	if err != nil {
		return err
	}
	defer func() { _ = wallet.Close() }()
	shop, err := wallet.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "A shop",
		Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})
	if err != nil {
		return err
	}
	alice, err := wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	if err != nil {
		return err
	}

	client, err := opclient.New(opclient.Config{
		WalletAddress: shop, KeyID: "key-1", Key: private,
		InsecureAllowLocal: true, // the sandbox is on this machine
	})
	if err != nil {
		return err
	}
	consent, err := ask(ctx, client, alice, "https://shop.example/finish?order=7")
	if err != nil {
		return err
	}
	fmt.Println("asked for consent")

	finishURL, err := wallet.Approve(consent.grant.Interact.Redirect)
	if err != nil {
		return err
	}
	fmt.Println("Alice said yes")

	token, err := consent.finish(ctx, client, finishURL)
	if err != nil {
		return err
	}
	limits := token.Access[0].Limits
	fmt.Println("the token works:", wallet.Active(string(token.Value)))
	fmt.Println("for", limits.DebitAmount.Value, "cents of", limits.DebitAmount.AssetCode, limits.Interval)

	// The token expires after ten minutes. The grant lives much longer.
	rotated, err := client.Rotate(ctx, token)
	if err != nil {
		return err
	}
	fmt.Println("rotated, the old one works:", wallet.Active(string(token.Value)),
		"the new one:", wallet.Active(string(rotated.Value)))
	return client.Cancel(ctx, consent.grant.Continue)
}

// A consent is a grant that waits for the user's consent.
type consent struct {
	grant   *opclient.Grant
	pending opclient.Pending
}

// ask requests the grant. finish is the URL of the app that the browser returns to.
func ask(ctx context.Context, client *opclient.Client, address, finish string) (*consent, error) {
	wallet, err := client.WalletAddress(ctx, address) // https://… or $wallet.example/alice
	if err != nil {
		return nil, err
	}
	nonce := opclient.Secret(rand.Text())
	grant, err := client.RequestGrant(ctx, wallet.AuthServer, opclient.GrantRequest{
		Access: []opclient.Access{{
			Type:       opclient.TypeOutgoingPayment,
			Actions:    []string{"create", "read"},
			Identifier: wallet.ID,
			Limits: &opclient.Limits{
				DebitAmount: &opclient.Amount{Value: "500", AssetCode: wallet.AssetCode, AssetScale: wallet.AssetScale},
				Interval:    "R/2026-01-01T00:00:00Z/P1M",
			},
		}},
		Finish: &opclient.Finish{URI: finish, Nonce: nonce},
	})
	if err != nil {
		return nil, err
	}
	if grant.Interact == nil {
		return nil, fmt.Errorf("%s issued a token without asking its user", wallet.ID)
	}
	return &consent{grant, opclient.Pending{GrantEndpoint: wallet.AuthServer, Nonce: nonce, Finish: grant.Interact.Finish}}, nil
}

// finish verifies the URL that the browser returned to, and exchanges its reference for
// a token. Call it only once: after an unknown outcome, a reference must not be sent
// again.
func (c *consent) finish(ctx context.Context, client *opclient.Client, finishURL string) (*opclient.Token, error) {
	u, err := url.Parse(finishURL)
	if err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, err
	}
	reference, err := c.pending.VerifyFinish(query)
	if err != nil {
		return nil, err // it is for another grant, or the user refused
	}
	time.Sleep(c.grant.Continue.Wait)
	granted, err := client.Continue(ctx, c.grant.Continue, reference)
	if err != nil {
		return nil, err
	}
	if granted.Token == nil {
		return nil, errors.New("the server issued no token")
	}
	return granted.Token, nil
}
