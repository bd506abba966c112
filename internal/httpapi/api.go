package httpapi

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/opgrants/opgrants/internal/grant"
)

// Grants is what the API is a face of. [grant.Service] is one.
type Grants interface {
	Request(ctx context.Context, owner string, r grant.Request) (*grant.Resource, error)
	Finish(ctx context.Context, id, rawQuery string) (*grant.Outcome, error)
	Get(ctx context.Context, owner, id string) (*grant.Resource, error)
	Token(ctx context.Context, owner, id string, r grant.TokenRequest) (*grant.TokenAnswer, error)
	// Delete revokes a grant at the wallet and here. With forget it ends here even
	// if the wallet does not accept our key: then it returns what is left to show.
	Delete(ctx context.Context, owner, id string, forget bool) (grant.Revocation, error)
}

// An API answers HTTP requests about grants.
type API struct {
	Grants Grants
	// Caller says who owns what the request asks for or makes. An error is
	// answered with 401; an [Unauthenticated] says more about it.
	Caller func(*http.Request) (owner string, err error)
	// Log gets one line for each request, without its query. nil: none.
	Log *slog.Logger
}

func (a *API) requestGrant() route {
	return route{method: http.MethodPost, pattern: "/grants", handle: a.request}
}

func (a *API) finishCallback() route {
	return route{method: http.MethodGet, pattern: "/grants/{id}/finish", handle: a.finish, browser: true}
}

func (a *API) getGrant() route {
	return route{method: http.MethodGet, pattern: "/grants/{id}", handle: a.get}
}

func (a *API) grantToken() route {
	return route{method: http.MethodPost, pattern: "/grants/{id}/token", handle: a.token}
}

func (a *API) deleteGrant() route {
	return route{method: http.MethodDelete, pattern: "/grants/{id}", handle: a.delete}
}

// RequestGrant is POST /grants alone.
func (a *API) RequestGrant() http.Handler { return router{a, []route{a.requestGrant()}} }

// FinishCallback is GET /grants/{id}/finish alone, where the wallet sends the
// user's browser.
func (a *API) FinishCallback() http.Handler { return router{a, []route{a.finishCallback()}} }

// ManageGrant is what an app does with a grant that it has.
func (a *API) ManageGrant() http.Handler {
	return router{a, []route{a.getGrant(), a.grantToken(), a.deleteGrant()}}
}

// Handler is the whole interface.
func (a *API) Handler() http.Handler {
	return router{a, []route{a.requestGrant(), a.finishCallback(), a.getGrant(), a.grantToken(), a.deleteGrant()}}
}
