package opclient_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// check is the value of a call that went well.
func check[T any](v T, err error) T {
	must(err)
	return v
}

// A payment, as the guides of Open Payments have it: what the shop expects, what
// it costs the user, the user's consent, the payment.
func Example_payment() {
	wallets, client, user := start()
	defer func() { _ = wallets.Close() }()
	ctx := context.Background()

	alice := check(client.WalletAddress(ctx, user))
	shop := check(client.WalletAddress(ctx, wallets.URL()+"/shop"))

	// The shop expects 2.50 USD. A grant for that, and one for quotes, needs no consent.
	grant := check(client.RequestGrant(ctx, shop.AuthServer, opclient.GrantRequest{Access: []opclient.Access{{
		Type: opclient.TypeIncomingPayment, Actions: []string{"create"}}}}))
	incoming := check(client.CreateIncomingPayment(ctx, shop, grant.Token.Value, opclient.IncomingPaymentRequest{
		IncomingAmount: &opclient.Amount{Value: "250", AssetCode: shop.AssetCode, AssetScale: shop.AssetScale}}))

	// What it costs Alice.
	grant = check(client.RequestGrant(ctx, alice.AuthServer, opclient.GrantRequest{Access: []opclient.Access{{
		Type: opclient.TypeQuote, Actions: []string{"create"}}}}))
	quote := check(client.CreateQuote(ctx, alice, grant.Token.Value, opclient.QuoteRequest{Receiver: incoming.ID}))

	// Her consent to just that. The example of the package shows it with a Finish.
	grant = check(client.RequestGrant(ctx, alice.AuthServer, opclient.GrantRequest{Interact: true, Access: []opclient.Access{{
		Type: opclient.TypeOutgoingPayment, Actions: []string{"create", "read"}, Identifier: alice.ID,
		Limits: &opclient.Limits{DebitAmount: &quote.DebitAmount, Receiver: incoming.ID}}}}))
	check(wallets.Approve(grant.Interact.Redirect)) // her browser is there
	grant = check(client.Poll(ctx, grant.Continue))

	payment := check(client.CreateOutgoingPayment(ctx, alice, grant.Token.Value, opclient.OutgoingPaymentRequest{QuoteID: quote.ID}))
	payment = check(client.OutgoingPayment(ctx, payment.ID, grant.Token.Value)) // later
	spent := check(client.SpentAmounts(ctx, alice, grant.Token.Value))
	fmt.Println("sent:", payment.SentAmount.Value, "failed:", payment.Failed, "spent:", spent.Debit.Value)
	// Output: sent: 250 failed: false spent: 250
}

// consented is a wallet and a token to pay up to 5.00 USD from it, and quotes of
// payments of 2.50 USD to the shop.
func consented(wallets *sandbox.Server, client *opclient.Client, user string) (alice *opclient.WalletAddress, token opclient.Secret, quotes []*opclient.Quote) {
	ctx := context.Background()
	alice = check(client.WalletAddress(ctx, user))
	shop := check(client.WalletAddress(ctx, wallets.URL()+"/shop"))
	grant := check(client.RequestGrant(ctx, alice.AuthServer, opclient.GrantRequest{Access: []opclient.Access{
		{Type: opclient.TypeIncomingPayment, Actions: []string{"create"}}, {Type: opclient.TypeQuote, Actions: []string{"create"}}}}))
	incoming := check(client.CreateIncomingPayment(ctx, shop, grant.Token.Value, opclient.IncomingPaymentRequest{}))
	for range 3 {
		quotes = append(quotes, check(client.CreateQuote(ctx, alice, grant.Token.Value, opclient.QuoteRequest{
			Receiver: incoming.ID, DebitAmount: &opclient.Amount{Value: "250", AssetCode: "USD", AssetScale: 2}})))
	}
	grant = check(client.RequestGrant(ctx, alice.AuthServer, opclient.GrantRequest{Interact: true, Access: []opclient.Access{{
		Type: opclient.TypeOutgoingPayment, Actions: []string{"create", "list"}, Identifier: alice.ID,
		Limits: &opclient.Limits{DebitAmount: &opclient.Amount{Value: "500", AssetCode: "USD", AssetScale: 2}}}}}))
	check(wallets.Approve(grant.Interact.Redirect))
	return alice, check(client.Poll(ctx, grant.Continue)).Token.Value, quotes
}

// What a payer meets has an error of its own.
func ExampleClient_CreateOutgoingPayment() {
	wallets, client, user := start()
	defer func() { _ = wallets.Close() }()
	alice, token, quotes := consented(wallets, client, user) // to 5.00 USD, and quotes of 2.50 USD each
	ctx := context.Background()

	for _, quote := range append(quotes, quotes[0]) {
		_, err := client.CreateOutgoingPayment(ctx, alice, token, opclient.OutgoingPaymentRequest{QuoteID: quote.ID})
		switch {
		case err == nil:
			fmt.Println("paid")
		case errors.Is(err, opclient.ErrInactiveToken):
			fmt.Println("rotate the token, and try again")
		case errors.Is(err, opclient.ErrOverLimit):
			fmt.Println("more than is left of the grant: ask for another one")
		case errors.Is(err, opclient.ErrInvalidQuote):
			fmt.Println("expired, or paid from: ask for another quote")
		case errors.Is(err, opclient.ErrInvalidReceiver):
			fmt.Println("cannot be paid")
		case errors.Is(err, opclient.ErrOutcomeUnknown):
			fmt.Println("paid or not: look")
		}
	}
	// Output:
	// paid
	// paid
	// more than is left of the grant: ask for another one
	// expired, or paid from: ask for another quote
}

// After a try of unknown outcome, look before you pay again.
func ExampleClient_FindOutgoingPayment() {
	wallets, client, user := start()
	defer func() { _ = wallets.Close() }()
	alice, token, quotes := consented(wallets, client, user)
	ctx := context.Background()

	wallets.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Drop: true}) // it pays, and its answer gets lost
	_, err := client.CreateOutgoingPayment(ctx, alice, token, opclient.OutgoingPaymentRequest{QuoteID: quotes[0].ID})
	fmt.Println("unknown:", errors.Is(err, opclient.ErrOutcomeUnknown))

	payment, err := client.FindOutgoingPayment(ctx, alice, token, quotes[0])
	must(err)
	fmt.Println("paid:", payment.DebitAmount.Value)

	_, err = client.FindOutgoingPayment(ctx, alice, token, quotes[1])
	fmt.Println("not paid:", errors.Is(err, opclient.ErrNotPaid))
	// Output:
	// unknown: true
	// paid: 250
	// not paid: true
}

// All payments that the token may list, page by page as they are needed.
func ExampleClient_OutgoingPayments() {
	wallets, client, user := start()
	defer func() { _ = wallets.Close() }()
	alice, token, quotes := consented(wallets, client, user)
	ctx := context.Background()

	for _, quote := range quotes[:2] {
		check(client.CreateOutgoingPayment(ctx, alice, token, opclient.OutgoingPaymentRequest{QuoteID: quote.ID}))
	}
	for payment, err := range client.OutgoingPayments(ctx, alice, token) {
		must(err)
		fmt.Println(payment.DebitAmount.Value, payment.DebitAmount.AssetCode)
	}
	// Output:
	// 250 USD
	// 250 USD
}
