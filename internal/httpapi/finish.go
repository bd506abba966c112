package httpapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/pages"
)

// finish is GET /grants/{id}/finish. Only a browser that a person sent here
// finishes a grant: who just looks whether the link is there gets a page and
// changes nothing.
func (a *API) finish(r *http.Request, c call) (*reply, error) {
	switch {
	case r.Method == http.MethodHead:
		return page(http.StatusOK, pages.Outcome(grant.PageMoment, ""), 0), nil
	case isPrefetch(r.Header):
		// Any error makes the browser forget the answer and ask again when the
		// person gets here; should it show this page, that asks again.
		return page(http.StatusServiceUnavailable, pages.Outcome(grant.PageMoment, ""), time.Second), nil
	}
	outcome, err := a.Grants.Finish(r.Context(), c.id, r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if outcome.Redirect != "" {
		return &reply{status: http.StatusSeeOther, header: http.Header{"Location": {outcome.Redirect}}, code: outcome.Code}, nil
	}
	answer := page(http.StatusOK, pages.Outcome(outcome.Page, outcome.Code), outcome.Refresh)
	answer.code = outcome.Code
	return answer, nil
}

// page is an HTML reply. Refresh without a URL asks for the same one again,
// with its query.
func page(status int, document []byte, refresh time.Duration) *reply {
	h := http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Content-Security-Policy": {pages.Policy()}}
	if refresh > 0 {
		h.Set("Refresh", seconds(refresh))
	}
	return &reply{status: status, header: h, body: document}
}

// isPrefetch recognises a browser that fetches a page before anybody asked for
// it. Purpose and X-Moz are what older ones say.
func isPrefetch(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, value := range h.Values(name) {
			value = strings.ToLower(value)
			if strings.Contains(value, "prefetch") || strings.Contains(value, "prerender") || strings.Contains(value, "preview") {
				return true
			}
		}
	}
	return false
}
