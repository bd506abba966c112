package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Grants is what the API needs of the life of grants. [grant.Service] is one.
type Grants interface {
	Request(ctx context.Context, owner string, r grant.Request) (*grant.Resource, error)
	Finish(ctx context.Context, id, rawQuery string) (*grant.Outcome, error)
	Get(ctx context.Context, owner, id string) (*grant.Resource, error)
	List(ctx context.Context, owner, reference, cursor string) (*grant.ListPage, error)
	Claim(ctx context.Context, owner, id, code string) (*grant.Resource, error)
	Spent(ctx context.Context, owner, id string) (*opclient.SpentAmounts, error)
	Token(ctx context.Context, owner, id string, r grant.TokenRequest) (*grant.TokenAnswer, error)
	// Delete revokes a grant at the wallet and here. With forget it ends the grant
	// here even if the wallet does not accept our key. Then it returns the grant
	// as it is, to be shown.
	Delete(ctx context.Context, owner, id string, forget bool) (grant.Revocation, error)
}

// Payments is what the API needs of the life of payments. [payment.Service] is one.
type Payments interface {
	// Make makes a payment. One that has failed is returned together with a
	// [*grant.Error] whose code is [payment.CodePaymentFailed].
	Make(ctx context.Context, owner, grantID string, r payment.Request, key string, wait time.Duration) (made *payment.Resource, replayed bool, err error)
	Get(ctx context.Context, owner, grantID, id string) (*payment.Resource, error)
	List(ctx context.Context, owner, grantID, cursor string) (*payment.Page, error)
}

// An API answers HTTP requests about grants and payments.
type API struct {
	Grants   Grants
	Payments Payments
	// PaymentsOff refuses to make payments, and to ask a user for one. Payments that
	// were made can still be read.
	PaymentsOff bool
	// PublicURL is the base URL of the service as browsers see it. If it has a
	// path, each route is found below that path too. Empty: routes begin at the root.
	PublicURL string
	// Caller returns who sends a request. An error is answered with 401. An
	// [Unauthenticated] says more about it.
	Caller func(*http.Request) (Identity, error)
	// MaxRequests is how many requests a handler answers at the same time. The others
	// are answered at once, with 503. 0: any number.
	MaxRequests int
	// Fault is called once for each request that failed because of this service: its
	// code, its configuration, its store or its key, and never a wallet or a caller.
	// code says which. nil: nobody.
	Fault func(ctx context.Context, code string)
	// Log gets one line for each request, without its query. nil: none.
	Log *slog.Logger
}

// Handler answers every route.
func (a *API) Handler() http.Handler { return newRouter(a, routes) }

// RequestGrant answers the routes of the function request-grant.
func (a *API) RequestGrant() http.Handler { return a.function(RequestGrant) }

// FinishCallback answers the routes of the function finish-callback.
func (a *API) FinishCallback() http.Handler { return a.function(FinishCallback) }

// ManageGrant answers the routes of the function manage-grant.
func (a *API) ManageGrant() http.Handler { return a.function(ManageGrant) }

// MakePayment answers the routes of the function make-payment.
func (a *API) MakePayment() http.Handler { return a.function(MakePayment) }

func (a *API) function(name string) http.Handler {
	var served []Route
	for _, r := range routes {
		if r.Function == name {
			served = append(served, r)
		}
	}
	return newRouter(a, served)
}
