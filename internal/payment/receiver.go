package payment

import (
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// makeReceiver makes an incoming payment at the payee, for one payment. amount nil: it
// takes any. It must be what was asked for, and empty.
func (s *Service) makeReceiver(ctx context.Context, payee *opclient.WalletAddress, amount *opclient.Amount, expires time.Time, metadata map[string]any) (*opclient.IncomingPayment, error) {
	request := opclient.IncomingPaymentRequest{IncomingAmount: amount, ExpiresAt: expires.UTC().Truncate(time.Second), Metadata: metadata}
	made, err := withToken(ctx, s, payee.AuthServer, receiverAccess(payee.ID), func(token opclient.Secret) (*opclient.IncomingPayment, error) {
		return s.wallet().CreateIncomingPayment(ctx, payee, token, request)
	})
	if err != nil {
		return nil, grant.WalletError(err, "incoming payment at the payee")
	}
	wrong := ""
	switch {
	case !sameOrigin(made.ID, payee.ResourceServer):
		wrong = "it is at another server than the wallet address's"
	case !sameURL(made.WalletAddress, payee.ID):
		wrong = "it is another wallet address's"
	case amount == nil && made.IncomingAmount != nil, amount != nil && (made.IncomingAmount == nil || *made.IncomingAmount != *amount):
		wrong = "it asks for another amount"
	case made.ReceivedAmount.Value != "0", made.Completed:
		wrong = "it is not empty"
	case made.ReceivedAmount.AssetCode != payee.AssetCode, made.ReceivedAmount.AssetScale != payee.AssetScale:
		wrong = "it is in another asset than the wallet address"
	}
	if wrong != "" {
		return nil, &grant.Error{Code: grant.CodeWalletInvalid, Detail: "The payee's wallet made another incoming payment than it was asked for: " + wrong + "."}
	}
	return made, nil
}

// A reading is what a receiver said.
type reading struct {
	received *opclient.Amount // nil: unknown
	gone     bool             // there is no such incoming payment, any more
	at       time.Time        // before it was asked
	err      error            // why it is unknown
}

// readReceiver asks the receiver what has arrived. Everybody may see that; if the
// server does not say it to everybody, it is asked with a token for a receiver that
// this service made.
func (s *Service) readReceiver(ctx context.Context, receiver, payee string, shared bool) reading {
	r := reading{at: s.now()}
	public, err := s.wallet().PublicIncomingPayment(ctx, receiver)
	switch {
	case errors.Is(err, opclient.ErrNotFound):
		r.gone, r.err = true, err
		return r
	case err != nil:
		r.err = err
		return r
	case public.ReceivedAmount != nil:
		r.received = public.ReceivedAmount
		return r
	case shared:
		r.err = errors.New("the receiver's server does not say what it has received")
		return r
	}
	r.at = s.now()
	whole, err := withToken(ctx, s, public.AuthServer, receiverAccess(payee), func(token opclient.Secret) (*opclient.IncomingPayment, error) {
		return s.wallet().IncomingPayment(ctx, receiver, token)
	})
	if err != nil {
		r.err = err
		return r
	}
	r.received = &whole.ReceivedAmount
	return r
}

// closeReceiver completes the receiver of a payment that is decided, if the receiver
// names no amount: nothing more shall arrive there. A failure is logged only, as the
// receiver expires by itself.
func (s *Service) closeReceiver(ctx context.Context, it *Item) {
	if !it.Open || !it.isFinal() || it.state() == stateUndecided {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	payee, err := s.wallet().WalletAddress(ctx, it.Payee)
	if err == nil {
		_, err = withToken(ctx, s, payee.AuthServer, receiverAccess(payee.ID), func(token opclient.Secret) (*opclient.IncomingPayment, error) {
			return s.wallet().CompleteIncomingPayment(ctx, it.Receiver, token)
		})
	}
	if err != nil && !errors.Is(err, opclient.ErrWrongState) && !errors.Is(err, opclient.ErrNotFound) {
		s.warn(ctx, it, "a receiver could not be completed", err)
	}
}
