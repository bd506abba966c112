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
	if asked.Payment != nil && a.PaymentsOff {
		return nil, paymentsOff()
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
	answer.header.Set(headerLocation, a.path("grants", made.ID))
	if made.Replayed {
		answer.header.Set(headerIdempotentReplayed, "true")
	}
	answer.id = made.ID
	return answer, nil
}

// path returns the path of a URL of this service, below that of PublicURL.
func (a *API) path(segments ...string) string {
	segments = append(basePath(a.PublicURL), segments...)
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

// list is GET /grants.
func (a *API) list(r *http.Request, c call) (*reply, error) {
	query, err := readQuery(r.URL.RawQuery, parameterReference, parameterCursor)
	if err != nil {
		return nil, err
	}
	if query[parameterReference] == "" {
		return nil, malformedQuery(parameterReference, "Give the reference of the grants: GET /grants?reference=order-7.")
	}
	page, err := a.Grants.List(r.Context(), c.owner, query[parameterReference], query[parameterCursor])
	if err != nil {
		return nil, err
	}
	if page.Grants == nil {
		page.Grants = []*grant.Resource{}
	}
	return jsonReply(http.StatusOK, page)
}

// A claimRequest is the body of POST /grants/{id}/claim.
type claimRequest struct {
	Code string `json:"code"`
}

// claim is POST /grants/{id}/claim.
func (a *API) claim(r *http.Request, c call) (*reply, error) {
	var asked claimRequest
	if err := readOptionalBody(r, &asked, maxText); err != nil {
		return nil, err
	}
	claimed, err := a.Grants.Claim(r.Context(), c.owner, c.id, asked.Code)
	if err != nil {
		return nil, err
	}
	return jsonReply(http.StatusOK, claimed)
}

// spent is GET /grants/{id}/spent.
func (a *API) spent(r *http.Request, c call) (*reply, error) {
	amounts, err := a.Grants.Spent(r.Context(), c.owner, c.id)
	if err != nil {
		return nil, err
	}
	return jsonReply(http.StatusOK, amounts)
}

// token is POST /grants/{id}/token. The body may be missing: a claimed grant
// needs no code.
func (a *API) token(r *http.Request, c call) (*reply, error) {
	var asked grant.TokenRequest
	if err := readOptionalBody(r, &asked, maxToken); err != nil {
		return nil, err
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
