package opclient_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// started is [start] for a test, which closes it.
func started(t *testing.T, config sandbox.Config) (*sandbox.Server, *opclient.Client, string) {
	t.Helper()
	config.Wait = -1
	s, client, user := startAs(config)
	t.Cleanup(func() { _ = s.Close() })
	return s, client, user
}

func TestAShopManagesItsIncomingPayments(t *testing.T) {
	wallets, client, _ := started(t, sandbox.Config{})
	ctx := context.Background()
	shop := check(client.WalletAddress(ctx, wallets.URL()+"/shop"))
	token := check(client.RequestGrant(ctx, shop.AuthServer, opclient.GrantRequest{Access: []opclient.Access{{
		Type: opclient.TypeIncomingPayment, Actions: []string{"create", "read", "list", "complete"}}}})).Token.Value

	expires := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	var ids []string
	for _, description := range []string{"<a> & b", "2\u2028", "😀"} {
		p, err := client.CreateIncomingPayment(ctx, shop, token, opclient.IncomingPaymentRequest{
			IncomingAmount: &opclient.Amount{Value: "250", AssetCode: "USD", AssetScale: 2},
			ExpiresAt:      expires,
			Metadata:       map[string]any{"description": description, "2": 1e21, "1": []any{nil, .5}},
		})
		if err != nil || !p.ExpiresAt.Equal(expires) || p.Metadata["description"] != description {
			t.Fatalf("got %+v, %v", p, err)
		}
		ids = append(ids, p.ID)
	}
	if p, err := client.IncomingPayment(ctx, ids[0], token); err != nil || p.ID != ids[0] || p.Completed {
		t.Errorf("got %+v, %v", p, err)
	}
	if p, err := client.PublicIncomingPayment(ctx, ids[0]); err != nil || p.AuthServer != shop.AuthServer || p.ReceivedAmount.Value != "0" {
		t.Errorf("got %+v, %v", p, err)
	}
	if p, err := client.CompleteIncomingPayment(ctx, ids[0], token); err != nil || !p.Completed {
		t.Errorf("got %+v, %v", p, err)
	}

	var listed []string
	for p, err := range client.IncomingPayments(ctx, shop, token) {
		if err != nil || p.Completed != (p.ID == ids[0]) {
			t.Errorf("got %+v, %v", p, err)
		}
		listed = append(listed, p.ID)
	}
	if slices.Reverse(listed); !slices.Equal(listed, ids) {
		t.Errorf("listed %v, want the newest first of %v", listed, ids)
	}
}

func TestAPayerPaysOnceFromAQuoteHoweverOftenItTries(t *testing.T) {
	wallets, client, user := started(t, sandbox.Config{SendTime: -1})
	alice, token, quotes := consented(wallets, client, user)
	ctx := context.Background()
	pay := func() error {
		_, err := client.CreateOutgoingPayment(ctx, alice, token, opclient.OutgoingPaymentRequest{QuoteID: quotes[0].ID})
		return err
	}
	wallets.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 503})
	wallets.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Drop: true})
	if err := pay(); !errors.Is(err, opclient.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
	if _, err := client.FindOutgoingPayment(ctx, alice, token, quotes[0]); !errors.Is(err, opclient.ErrNotPaid) {
		t.Errorf("got %v", err)
	}
	if err := pay(); !errors.Is(err, opclient.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
	if err := pay(); !errors.Is(err, opclient.ErrInvalidQuote) {
		t.Errorf("got %v", err)
	}
	found, err := client.FindOutgoingPayment(ctx, alice, token, &opclient.Quote{ID: quotes[0].ID})
	if err != nil || found.SentAmount.Value != "250" {
		t.Errorf("got %+v, %v", found, err)
	}
	if made := check(wallets.OutgoingPayments(user)); len(made) != 1 || made[0].ID != found.ID {
		t.Errorf("%d payments were made: %+v", len(made), made)
	}
}

func TestAPaymentWithoutAQuoteTellsWhatWasSpentBefore(t *testing.T) {
	wallets, client, user := started(t, sandbox.Config{})
	alice, token, quotes := consented(wallets, client, user)
	ctx := context.Background()
	for _, before := range []string{"0", "100"} {
		p, err := client.CreateOutgoingPayment(ctx, alice, token, opclient.OutgoingPaymentRequest{
			IncomingPayment: quotes[0].Receiver, DebitAmount: &opclient.Amount{Value: "100", AssetCode: "USD", AssetScale: 2},
			Metadata: map[string]any{"order": "7"}})
		if err != nil || p.GrantSpentDebitAmount.Value != before || p.Metadata["order"] != "7" || p.QuoteID == "" {
			t.Errorf("got %+v, %v", p, err)
		}
	}
}

func TestARotatedTokenIsReportedAsInactive(t *testing.T) {
	wallets, client, user := started(t, sandbox.Config{})
	ctx := context.Background()
	alice := check(client.WalletAddress(ctx, user))
	old := check(client.RequestGrant(ctx, alice.AuthServer, opclient.GrantRequest{Access: []opclient.Access{{
		Type: opclient.TypeQuote, Actions: []string{"create"}}}})).Token
	fresh := check(client.Rotate(ctx, old))
	ask := func(token opclient.Secret) error {
		_, err := client.CreateQuote(ctx, alice, token, opclient.QuoteRequest{Receiver: wallets.ResourceServer() + "/incoming-payments/1"})
		return err
	}
	if err := ask(old.Value); !errors.Is(err, opclient.ErrInactiveToken) {
		t.Errorf("the old token: %v", err)
	}
	if err := ask(fresh.Value); !errors.Is(err, opclient.ErrInvalidReceiver) {
		t.Errorf("the new token: %v", err)
	}
	_, err := client.SpentAmounts(ctx, alice, fresh.Value)
	if !errors.Is(err, opclient.ErrInsufficientGrant) {
		t.Errorf("spent amounts: %v", err)
	}
}

func TestServersOfEveryReleaseTakeAGrantRequest(t *testing.T) {
	for name, c := range map[string]struct {
		form  sandbox.ClientForm
		calls int // for four grants
	}{
		"the reference implementation": {sandbox.EitherClient, 4},
		"an older release":             {sandbox.StringClient, 5},
		"one without the deprecated":   {sandbox.ObjectClient, 4},
	} {
		t.Run(name, func(t *testing.T) {
			wallets, client, user := started(t, sandbox.Config{Client: c.form})
			for range 2 { // two grants each
				_, token, _ := consented(wallets, client, user)
				if !wallets.Active(string(token)) {
					t.Error("the token does not work")
				}
			}
			if n := wallets.Stats().GrantRequests; n != c.calls {
				t.Errorf("%d grant requests, want %d", n, c.calls)
			}
		})
	}
}
