package httpapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
)

// request is POST /grants.
func (a *API) request(r *http.Request, c call) (*reply, error) {
	key, err := idempotencyKey(r.Header)
	if err != nil {
		return nil, err
	}
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	var asked grant.Request
	if err := decode(body, &asked, maxText); err != nil {
		return nil, err
	}
	asked.IdempotencyKey = key
	made, err := a.Grants.Request(r.Context(), c.owner, asked)
	if err != nil {
		return nil, err
	}
	answer, err := jsonReply(http.StatusCreated, made)
	if err != nil {
		return nil, err
	}
	answer.header.Set(headerLocation, a.grantPath(made.ID))
	if made.Replayed {
		answer.header.Set(headerIdempotentReplayed, "true")
	}
	answer.id = made.ID
	return answer, nil
}

// grantPath returns the path of a grant's URL, below that of PublicURL.
func (a *API) grantPath(id string) string {
	segments := append(basePath(a.PublicURL), "grants", id)
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return "/" + strings.Join(segments, "/")
}

// get is GET /grants/{id}.
func (a *API) get(r *http.Request, c call) (*reply, error) {
	found, err := a.Grants.Get(r.Context(), c.owner, c.id)
	if err != nil {
		return nil, err
	}
	return jsonReply(http.StatusOK, found)
}

// token is POST /grants/{id}/token. The body may be missing: a claimed grant
// needs no code.
func (a *API) token(r *http.Request, c call) (*reply, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	var asked grant.TokenRequest
	if len(body) > 0 {
		if err := decode(body, &asked, maxToken); err != nil {
			return nil, err
		}
	}
	token, err := a.Grants.Token(r.Context(), c.owner, c.id, asked)
	if err != nil {
		return nil, err
	}
	return jsonReply(http.StatusOK, token)
}

// delete is DELETE /grants/{id}.
func (a *API) delete(r *http.Request, c call) (*reply, error) {
	forget, err := readForget(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	revoked, err := a.Grants.Delete(r.Context(), c.owner, c.id, forget)
	switch {
	case err != nil:
		return nil, err
	case revoked.Result == grant.RevokedConfirmed:
		return &reply{status: http.StatusNoContent}, nil
	case revoked.Result == grant.RevokedHereOnly:
		return jsonReply(http.StatusOK, revoked.Grant)
	}
	return nil, revoked.Owed
}
