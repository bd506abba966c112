package httpapi

import (
	"net/http"

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
	if err := decode(body, &asked); err != nil {
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
	answer.header.Set("Location", "/grants/"+made.ID)
	if made.Replayed {
		answer.header.Set("Idempotent-Replayed", "true")
	}
	answer.id = made.ID
	return answer, nil
}

// get is GET /grants/{id}.
func (a *API) get(r *http.Request, c call) (*reply, error) {
	found, err := a.Grants.Get(r.Context(), c.owner, c.id)
	if err != nil {
		return nil, err
	}
	return jsonReply(http.StatusOK, found)
}

// token is POST /grants/{id}/token. A grant that is claimed needs no code, so
// the body may be missing.
func (a *API) token(r *http.Request, c call) (*reply, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	var asked grant.TokenRequest
	if len(body) > 0 {
		if err := decode(body, &asked); err != nil {
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
	left, err := a.Grants.Delete(r.Context(), c.owner, c.id, forget)
	switch {
	case err != nil:
		return nil, err
	case left.Result == grant.RevokedConfirmed:
		return &reply{status: http.StatusNoContent}, nil
	case left.Result == grant.RevokedHereOnly:
		return jsonReply(http.StatusOK, left.Grant)
	}
	return nil, left.Owed
}
