package opclient

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
)

// An IncomingPayment is what a wallet address expects, or has received.
// ReceivedAmount alone says what arrived. Completed says that nothing more will:
// any client may complete an incoming payment before it is paid in full.
type IncomingPayment struct {
	ID             string         `json:"id"` // a URL; it is the receiver of a quote
	WalletAddress  string         `json:"walletAddress"`
	Completed      bool           `json:"completed"`
	IncomingAmount *Amount        `json:"incomingAmount,omitempty"` // the most it takes; nil: any
	ReceivedAmount Amount         `json:"receivedAmount"`
	ExpiresAt      time.Time      `json:"expiresAt,omitzero"` // zero: the server does not say
	CreatedAt      time.Time      `json:"createdAt,omitzero"` // zero: the server does not say
	Metadata       map[string]any `json:"metadata,omitempty"` // its numbers are json.Number
}

// A PublicIncomingPayment is what an incoming payment shows to everybody.
type PublicIncomingPayment struct {
	ReceivedAmount *Amount `json:"receivedAmount,omitempty"` // nil: the server does not say
	AuthServer     string  `json:"authServer"`               // gives grants for its wallet address
}

// An IncomingPaymentRequest asks for an incoming payment. The zero value takes any
// amount for as long as the server allows.
type IncomingPaymentRequest struct {
	IncomingAmount *Amount   // the most it takes, in the asset of the wallet address
	ExpiresAt      time.Time // zero: the server chooses
	Metadata       map[string]any
}

type incomingPaymentBody struct {
	WalletAddress  string          `json:"walletAddress"`
	IncomingAmount *Amount         `json:"incomingAmount,omitempty"`
	ExpiresAt      string          `json:"expiresAt,omitempty"`
	Metadata       json.RawMessage `json:"metadata,omitempty"`
}

var incomingPayments = collection[IncomingPayment]{"list the incoming payments", "/incoming-payments", incomingPaymentOf}

// CreateIncomingPayment makes a wallet address ready to be paid. Of the wallet, ID
// and ResourceServer are used.
func (c *Client) CreateIncomingPayment(ctx context.Context, wallet *WalletAddress, token Secret, r IncomingPaymentRequest) (*IncomingPayment, error) {
	body, err := r.body(wallet)
	if err != nil {
		return nil, err
	}
	x, err := creating("create the incoming payment", wallet, incomingPayments.path, token, body)
	if err != nil {
		return nil, err
	}
	return resource(ctx, c, x, incomingPaymentOf)
}

// IncomingPayment reads an incoming payment. Its id may be at any host. The request
// with the token goes there, but the token is useless without the client's key.
func (c *Client) IncomingPayment(ctx context.Context, id string, token Secret) (*IncomingPayment, error) {
	return resource(ctx, c, reading("read the incoming payment", id, token), incomingPaymentOf)
}

// PublicIncomingPayment reads what everybody may see of an incoming payment. The
// client needs no key for it.
func (c *Client) PublicIncomingPayment(ctx context.Context, id string) (*PublicIncomingPayment, error) {
	x := reading("read the public incoming payment", id, "")
	x.signed = false
	return resource(ctx, c, x, c.publicIncomingPayment)
}

// CompleteIncomingPayment says that nothing more will be paid. If it is complete
// already the error is [ErrWrongState].
func (c *Client) CompleteIncomingPayment(ctx context.Context, id string, token Secret) (*IncomingPayment, error) {
	url, err := below("id", id, "/complete")
	if err != nil {
		return nil, err
	}
	x := &exchange{op: "complete the incoming payment", method: http.MethodPost, url: url, token: token, signed: true}
	return resource(ctx, c, x, func(o object) IncomingPayment {
		p := incomingPaymentOf(o)
		if !p.Completed {
			o.fail("completed must be true")
		}
		return p
	})
}

// IncomingPayments goes through all incoming payments of a wallet address that the
// token may list. It reads page after page; an error ends it.
func (c *Client) IncomingPayments(ctx context.Context, wallet *WalletAddress, token Secret) iter.Seq2[*IncomingPayment, error] {
	return incomingPayments.all(ctx, c, wallet, token)
}

func (r IncomingPaymentRequest) body(wallet *WalletAddress) (b incomingPaymentBody, err error) {
	if r.IncomingAmount != nil {
		if err := r.IncomingAmount.check("incomingAmount."); err != nil {
			return b, err
		}
	}
	b.WalletAddress, b.IncomingAmount = wallet.ID, r.IncomingAmount
	if !r.ExpiresAt.IsZero() {
		text, err := r.ExpiresAt.UTC().MarshalText()
		if err != nil {
			return b, &InvalidError{"expiresAt", "give a time before the year 10000"}
		}
		b.ExpiresAt = string(text)
	}
	b.Metadata, err = encodeMetadata(r.Metadata)
	return b, err
}

// incomingPaymentOf reads schema incoming-payment of the OpenAPI file. It leaves the
// payment methods out: wallets pay by them, and they hold a secret.
func incomingPaymentOf(o object) IncomingPayment {
	return IncomingPayment{
		ID:             o.uri("id"),
		WalletAddress:  o.uri("walletAddress"),
		Completed:      o.bool("completed"),
		IncomingAmount: amountOf(o, "incomingAmount"),
		ReceivedAmount: o.amount("receivedAmount"),
		ExpiresAt:      o.optionalTime("expiresAt"),
		CreatedAt:      o.optionalTime("createdAt"),
		Metadata:       o.metadata(),
	}
}

func (c *Client) publicIncomingPayment(o object) PublicIncomingPayment {
	p := PublicIncomingPayment{ReceivedAmount: amountOf(o, "receivedAmount"), AuthServer: o.string("authServer")}
	if _, err := netguard.ParseURL(p.AuthServer, c.insecure); err != nil {
		o.fail("authServer: %w", err)
	}
	return p
}
