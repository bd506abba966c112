package opclient_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// start is a sandbox with the wallets of a shop, the client, and of a user.
func start() (s *sandbox.Server, client *opclient.Client, user string) {
	return startAs(sandbox.Config{Wait: -1, SendTime: -1})
}

func startAs(config sandbox.Config) (s *sandbox.Server, client *opclient.Client, user string) {
	public, key, err := ed25519.GenerateKey(nil)
	must(err)
	s, err = sandbox.Start(config)
	must(err)
	shop, err := s.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "Shop", AssetCode: "USD", AssetScale: 2,
		Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})
	must(err)
	user, err = s.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice", AssetCode: "USD", AssetScale: 2})
	must(err)
	client, err = opclient.New(opclient.Config{
		WalletAddress: shop, KeyID: "key-1", Key: key,
		InsecureAllowLocal: true, // for the sandbox: plain http on this machine
	})
	must(err)
	return s, client, user
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Consent for outgoing payments, from the request to a token that works.
func Example() {
	wallets, client, user := start()
	defer func() { _ = wallets.Close() }()
	ctx := context.Background()

	wallet, err := client.WalletAddress(ctx, user)
	must(err)
	grant, err := client.RequestGrant(ctx, wallet.AuthServer, opclient.GrantRequest{
		Access: []opclient.Access{{
			Type:       opclient.TypeOutgoingPayment,
			Actions:    []string{"create", "read"},
			Identifier: wallet.ID,
			Limits: &opclient.Limits{ // 1.30 USD a day
				DebitAmount: &opclient.Amount{Value: "130", AssetCode: wallet.AssetCode, AssetScale: wallet.AssetScale},
				Interval:    "R/2025-04-22T08:00:00Z/P1D",
			},
		}},
		Finish: &opclient.Finish{URI: "https://shop.example/finish"},
	})
	must(err)

	// Store grant.Pending. The user's browser goes to grant.Interact.Redirect, and comes
	// back. A FinishHandler does what follows.
	finish, err := wallets.Approve(grant.Interact.Redirect)
	must(err)

	u, err := url.Parse(finish)
	must(err)
	interactRef, err := grant.Pending.Pending.VerifyFinish(u.Query())
	must(err)
	granted, err := client.Continue(ctx, grant.Continue, interactRef) // wait for grant.Continue.Wait before
	must(err)
	fmt.Println(granted.Token.Access[0].Limits.DebitAmount.Value, granted.Token.Value)
	// Output: 130 REDACTED
}

// The page at which the browser comes back. This app has one session; in a real one,
// the pending grant is in the session that the browser's cookie names.
func ExampleFinishHandler() {
	wallets, client, user := start()
	defer func() { _ = wallets.Close() }()
	ctx := context.Background()

	wallet, err := client.WalletAddress(ctx, user)
	must(err)
	grant, err := client.RequestGrant(ctx, wallet.AuthServer, opclient.GrantRequest{
		Access: []opclient.Access{{Type: opclient.TypeOutgoingPayment, Actions: []string{"create"}, Identifier: wallet.ID,
			Limits: &opclient.Limits{DebitAmount: &opclient.Amount{Value: "130", AssetCode: "USD", AssetScale: 2}}}},
		Finish: &opclient.Finish{URI: "https://shop.example/finish"},
	})
	must(err)

	pending := grant.Pending
	page := &opclient.FinishHandler{
		Client: client,
		Load:   func(*http.Request) (*opclient.PendingGrant, error) { return pending, nil },
		Remove: func(*http.Request, *opclient.PendingGrant) (bool, error) {
			found := pending != nil
			pending = nil
			return found, nil
		},
		Done: func(_ http.ResponseWriter, _ *http.Request, grant *opclient.Grant, err error) {
			switch {
			case err == nil:
				fmt.Println("granted:", grant.Token != nil)
			case errors.Is(err, opclient.ErrNotWaiting):
				fmt.Println("opened again")
			case errors.Is(err, opclient.ErrUserRefused):
				fmt.Println("refused")
			default:
				fmt.Println("ask again:", err)
			}
		},
	}
	link, err := wallets.Approve(grant.Interact.Redirect) // what the user does
	must(err)
	for range 2 {
		page.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, link, nil))
	}
	// Output:
	// granted: true
	// opened again
}

// A program that stops while the user decides stores the pending grant.
func ExamplePendingGrant() {
	grant := opclient.PendingGrant{
		Pending:  opclient.Pending{GrantEndpoint: "https://auth.example/", Nonce: "ours", Finish: "theirs"},
		Continue: opclient.Continue{URI: "https://auth.example/continue/1", Token: "token", Wait: 5e9},
	}
	stored, err := grant.MarshalBinary() // a secret
	must(err)
	var loaded opclient.PendingGrant
	must(loaded.UnmarshalBinary(stored))
	fmt.Println(loaded == grant)
	// Output: true
}

// A grant without a finish is polled.
func ExampleClient_Poll() {
	wallets, client, user := start()
	defer func() { _ = wallets.Close() }()
	ctx := context.Background()

	wallet, err := client.WalletAddress(ctx, user)
	must(err)
	grant, err := client.RequestGrant(ctx, wallet.AuthServer, opclient.GrantRequest{
		Access: []opclient.Access{{
			Type: opclient.TypeOutgoingPayment, Actions: []string{"read"}, Identifier: wallet.ID,
		}},
		Interact: true,
	})
	must(err)
	next, err := client.Poll(ctx, grant.Continue)
	must(err)
	fmt.Println("granted:", next.Token != nil)

	_, err = wallets.Approve(grant.Interact.Redirect)
	must(err)
	next, err = client.Poll(ctx, next.Continue)
	must(err)
	fmt.Println("granted:", next.Token != nil)
	// Output:
	// granted: false
	// granted: true
}

// What to do about an error depends on what is known of the request.
func ExampleError() {
	wallets, client, user := start()
	defer func() { _ = wallets.Close() }()
	ctx := context.Background()

	wallet, err := client.WalletAddress(ctx, user)
	must(err)
	_, err = client.Continue(ctx, opclient.Continue{URI: wallet.AuthServer + "/continue/1", Token: "unknown"}, "ref")
	switch {
	case opclient.HasCode(err, opclient.CodeTooFast):
		fmt.Println("wait, and try again")
	case errors.Is(err, opclient.ErrNotSent):
		fmt.Println("the server saw nothing, and nothing is lost")
	case errors.Is(err, opclient.ErrRefused):
		var refusal *opclient.Error
		errors.As(err, &refusal)
		fmt.Println("refused:", refusal.Status, refusal.Code)
	case errors.Is(err, opclient.ErrOutcomeUnknown):
		fmt.Println("there may be a token: cancel the grant, do not try again")
	}
	// Output: refused: 401 invalid_continuation
}

func ExampleParseWalletAddress() {
	for _, s := range []string{"$wallet.example/alice", "$wallet.example", "http://wallet.example/alice"} {
		fmt.Println(opclient.ParseWalletAddress(s))
	}
	// Output:
	// https://wallet.example/alice <nil>
	// https://wallet.example/.well-known/pay <nil>
	//  this is not a usable wallet address: the URL must start with https://
}

func ExampleLimits_Check() {
	limits := opclient.Limits{DebitAmount: &opclient.Amount{Value: "1.30", AssetCode: "USD", AssetScale: 2}}
	fmt.Println(limits.Check())
	limits = opclient.Limits{Interval: "every month"}
	fmt.Println(limits.Check())
	// Output:
	// limits.debitAmount.value: amounts are whole numbers of minor units: for 1.30 with 2 decimals write 130
	// limits.interval: give an interval such as R/2025-04-22T08:00:00Z/P1D: repetitions, start and period
}
