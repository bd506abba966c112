package httpapi

import (
	"context"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Refusing returns what answers every call with err, such as the error of a
// configuration that cannot be used.
func Refusing(err error) (Grants, Payments) { return refusedGrants{err}, refusedPayments{err} }

type refusedGrants struct{ err error }

func (g refusedGrants) Request(context.Context, string, grant.Request) (*grant.Resource, error) {
	return nil, g.err
}

func (g refusedGrants) Finish(context.Context, string, string) (*grant.Outcome, error) {
	return nil, g.err
}

func (g refusedGrants) Get(context.Context, string, string) (*grant.Resource, error) {
	return nil, g.err
}

func (g refusedGrants) List(context.Context, string, string, string) (*grant.ListPage, error) {
	return nil, g.err
}

func (g refusedGrants) Claim(context.Context, string, string, string) (*grant.Resource, error) {
	return nil, g.err
}

func (g refusedGrants) Spent(context.Context, string, string) (*opclient.SpentAmounts, error) {
	return nil, g.err
}

func (g refusedGrants) Token(context.Context, string, string, grant.TokenRequest) (*grant.TokenAnswer, error) {
	return nil, g.err
}

func (g refusedGrants) Delete(context.Context, string, string, bool) (grant.Revocation, error) {
	return grant.Revocation{}, g.err
}

type refusedPayments struct{ err error }

func (p refusedPayments) Make(context.Context, string, string, payment.Request, string, time.Duration) (*payment.Resource, bool, error) {
	return nil, false, p.err
}

func (p refusedPayments) Get(context.Context, string, string, string) (*payment.Resource, error) {
	return nil, p.err
}

func (p refusedPayments) List(context.Context, string, string, string) (*payment.Page, error) {
	return nil, p.err
}
