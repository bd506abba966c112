package httpapi_test

import (
	"context"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/opclient"
)

var _ httpapi.Grants = (*grant.Service)(nil)

var _ httpapi.Payments = (*payment.Service)(nil)

// asked is what a fake was called with.
type asked struct {
	Method, Owner, ID, Query string
	Forget                   bool
	Request                  grant.Request
	Token                    grant.TokenRequest
	Code                     string // of a claim
	Reference, Cursor        string // of a list
	Payment                  string // id
	Pay                      payment.Request
	Key                      string
	Wait                     time.Duration
}

// grants answers every call as told, and keeps what it was asked.
type grants struct {
	resource *grant.Resource
	outcome  *grant.Outcome
	token    *grant.TokenAnswer
	left     *grant.Resource // of a deletion
	list     *grant.ListPage
	spent    *opclient.SpentAmounts
	payment  *payment.Resource
	payments *payment.Page
	replayed bool
	err      error
	panics   any
	called   func(context.Context) // of a token, a payment or a deletion; nil: nothing
	calls    []asked
}

func (g *grants) call(ctx context.Context, a asked) error {
	if g.called != nil {
		g.called(ctx)
	}
	return g.note(a)
}

func (g *grants) note(a asked) error {
	g.calls = append(g.calls, a)
	if g.panics != nil {
		panic(g.panics)
	}
	return g.err
}

func (g *grants) Request(_ context.Context, owner string, r grant.Request) (*grant.Resource, error) {
	return g.resource, g.note(asked{Method: "Request", Owner: owner, Request: r})
}

func (g *grants) Finish(_ context.Context, id, rawQuery string) (*grant.Outcome, error) {
	return g.outcome, g.note(asked{Method: "Finish", ID: id, Query: rawQuery})
}

func (g *grants) Get(_ context.Context, owner, id string) (*grant.Resource, error) {
	return g.resource, g.note(asked{Method: "Get", Owner: owner, ID: id})
}

func (g *grants) Token(ctx context.Context, owner, id string, r grant.TokenRequest) (*grant.TokenAnswer, error) {
	return g.token, g.call(ctx, asked{Method: "Token", Owner: owner, ID: id, Token: r})
}

func (g *grants) Delete(ctx context.Context, owner, id string, forget bool) (grant.Revocation, error) {
	r := grant.Revocation{Result: grant.RevokedConfirmed}
	if g.left != nil {
		r = grant.Revocation{Result: grant.RevokedHereOnly, Grant: g.left}
	}
	return r, g.call(ctx, asked{Method: "Delete", Owner: owner, ID: id, Forget: forget})
}

func (g *grants) List(_ context.Context, owner, reference, cursor string) (*grant.ListPage, error) {
	return g.list, g.note(asked{Method: "List", Owner: owner, Reference: reference, Cursor: cursor})
}

func (g *grants) Claim(_ context.Context, owner, id, code string) (*grant.Resource, error) {
	return g.resource, g.note(asked{Method: "Claim", Owner: owner, ID: id, Code: code})
}

func (g *grants) Spent(_ context.Context, owner, id string) (*opclient.SpentAmounts, error) {
	return g.spent, g.note(asked{Method: "Spent", Owner: owner, ID: id})
}

// payments answers the calls of [httpapi.Payments] likewise.
type payments struct{ *grants }

func (p payments) Make(ctx context.Context, owner, grantID string, r payment.Request, key string, wait time.Duration) (*payment.Resource, bool, error) {
	return p.payment, p.replayed, p.call(ctx, asked{Method: "Make", Owner: owner, ID: grantID, Pay: r, Key: key, Wait: wait})
}

func (p payments) Get(_ context.Context, owner, grantID, id string) (*payment.Resource, error) {
	return p.payment, p.note(asked{Method: "GetPayment", Owner: owner, ID: grantID, Payment: id})
}

func (p payments) List(_ context.Context, owner, grantID, cursor string) (*payment.Page, error) {
	return p.grants.payments, p.note(asked{Method: "ListPayments", Owner: owner, ID: grantID, Cursor: cursor})
}

// someGrants has an answer to everything.
func someGrants() *grants {
	at := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	return &grants{
		resource: &grant.Resource{ID: id, Status: grant.Pending, WalletAddress: "https://wallet.example/alice",
			Access:    []opclient.Access{{Type: opclient.TypeOutgoingPayment, Actions: []string{"create", "read"}}},
			CreatedAt: at, ConsentURL: "https://wallet.example/interact/1?a=b&c=<d>"},
		outcome: &grant.Outcome{Page: grant.PageGranted},
		token: &grant.TokenAnswer{AccessToken: "t0k3n", ExpiresAt: &at, Access: []opclient.Access{{Type: opclient.TypeQuote, Actions: []string{"read"}}},
			ResourceServer: "https://wallet.example", WalletAddress: "https://wallet.example/alice"},
		list:     &grant.ListPage{},
		spent:    &opclient.SpentAmounts{Debit: &opclient.Amount{Value: "130", AssetCode: "USD", AssetScale: 2}},
		payment:  somePayment(),
		payments: &payment.Page{Payments: []*payment.Resource{somePayment()}, Next: "n3xt"},
	}
}

func somePayment() *payment.Resource {
	return &payment.Resource{ID: paymentID, GrantID: id, Status: payment.Completed, To: "https://wallet.example/shop",
		CreatedAt: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)}
}
