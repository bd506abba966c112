package httpapi

import (
	"net/http"

	"github.com/opgrants/opgrants/internal/pages"
)

// finish is GET /grants/{id}/finish. Only a browser that a person brought here
// finishes a grant. HEAD and a prefetch get a page and change nothing.
func (a *API) finish(r *http.Request, c call) (*reply, error) {
	switch {
	case r.Method == http.MethodHead:
		return page{status: http.StatusOK, render: pages.Unopened}.reply(r), nil
	case isPrefetch(r.Header):
		// After an error the browser drops what it fetched, and asks again when the
		// person gets here. If it shows this page instead, the page asks again.
		return page{status: http.StatusServiceUnavailable, render: pages.Unopened, reload: prefetchReload}.reply(r), nil
	}
	query, _ := splitReload(r.URL.RawQuery)
	outcome, err := a.Grants.Finish(r.Context(), c.id, query)
	if err != nil {
		return nil, err
	}
	return outcomeReply(r, outcome), nil
}
