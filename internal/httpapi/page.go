package httpapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/pages"
)

// A page is what a browser shows.
type page struct {
	status int
	render func(pages.View) []byte
	app    string        // URL of the app's page to go back to; empty: unknown
	reload time.Duration // until it loads again by itself; 0: it does not
}

func (p page) reply(r *http.Request) *reply {
	h := http.Header{headerContentType: {typePage}, headerPolicy: {pages.Policy()}}
	again := refresh(r, p.reload)
	if again != "" {
		h.Set(headerRefresh, again)
	}
	return &reply{status: p.status, header: h, body: p.render(pages.View{AppURL: p.app, Reloads: again != ""})}
}

// pageReply tells a person what went wrong.
func pageReply(r *http.Request, err error) *reply {
	e := publicError(err)
	answer := page{
		status: problems[e.Code].status,
		render: func(v pages.View) []byte { return pages.Problem(e.Code, v) },
		app:    e.AppURL,
		reload: e.RetryAfter,
	}.reply(r)
	answer.code, answer.err = e.Code, err
	setRetryAfter(answer.header, e.RetryAfter)
	return answer
}

// WritePage answers a request with a page about err, as a route for browsers does.
func WritePage(w http.ResponseWriter, r *http.Request, err error) { pageReply(r, err).write(w, r) }

// outcomeReply brings the browser back to the app, or shows how it ended.
func outcomeReply(r *http.Request, o *grant.Outcome) *reply {
	if o.Redirect != "" {
		return &reply{status: http.StatusSeeOther, header: http.Header{headerLocation: {o.Redirect}}, code: o.Code}
	}
	answer := page{
		status: http.StatusOK,
		render: func(v pages.View) []byte { return pages.Outcome(o.Page, o.Code, v) },
		app:    o.AppURL,
		reload: o.Refresh,
	}.reply(r)
	answer.code = o.Code
	return answer
}

// isPrefetch reports whether a browser loads a page before anybody asked for it.
// Older browsers say so in Purpose, X-Purpose or X-Moz.
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
