package consent

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/pages"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A callback takes the browser that comes back, once.
type callback struct {
	path     string
	pending  opclient.Pending
	badHash  atomic.Bool // a link with a wrong hash was opened
	onBad    func()
	once     sync.Once
	finished chan ended
}

// ended is how the interaction ended.
type ended struct {
	interactRef string
	err         error
}

// wait serves the finish URL until the browser has come back.
func (c *callback) wait(ctx context.Context, listeners []net.Listener) (interactRef string, err error) {
	server := &http.Server{Handler: c, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second,
		WriteTimeout: 5 * time.Second, MaxHeaderBytes: 32 << 10, ErrorLog: log.New(io.Discard, "", 0)}
	for _, l := range listeners {
		go func() { _ = server.Serve(l) }()
	}
	defer func() {
		// The page is still on its way to the browser.
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if server.Shutdown(end) != nil {
			_ = server.Close()
		}
	}()
	select {
	case f := <-c.finished:
		return f.interactRef, f.err
	case <-ctx.Done():
		if c.badHash.Load() && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			return "", exit.WrongHash.With("Nobody opened a better one in time.")
		}
		return "", context.Cause(ctx)
	}
}

// ServeHTTP answers the browser.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.URL.Path != c.path {
		page(w, http.StatusNotFound, pages.Bad, "Nothing here", "This address only waits for your wallet to send you back.")
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		page(w, http.StatusMethodNotAllowed, pages.Bad, "Not allowed", "This address only waits for your wallet to send you back.")
		return
	}
	ref, err := judge(c.pending, r.URL.RawQuery)
	switch exit.Of(err) {
	case exit.OK:
		c.end(ended{interactRef: ref})
		page(w, http.StatusOK, pages.Good, "Thank you", "You have given your permission. You can close this page and go back to the terminal.")
	case exit.WrongHash:
		c.badHash.Store(true)
		c.onBad()
		page(w, http.StatusBadRequest, pages.Bad, "This link is not valid", "It is not the one that your wallet gave you for this request. Go back to the terminal.")
	default:
		c.end(ended{err: err})
		page(w, http.StatusOK, pages.Refused, "Permission not given", "Nothing will be paid. You can close this page and go back to the terminal.")
	}
}

func (c *callback) end(f ended) { c.once.Do(func() { c.finished <- f }) }

// judge says how the interaction ended, by the query of the finish URL. A good
// hash beats whatever else the query says.
func judge(pending opclient.Pending, rawQuery string) (interactRef string, err error) {
	query, malformed := url.ParseQuery(rawQuery)
	ref, err := pending.VerifyFinish(query)
	if err == nil && malformed == nil {
		return ref, nil
	}
	switch query.Get("result") {
	case "grant_rejected":
		return "", exit.UserRefused.With("")
	case "grant_invalid":
		return "", exit.Left.With("The user left the wallet before answering.")
	case "invalid_interaction":
		return "", exit.Left.With("The time to answer in the wallet has run out, or another request took its place in the browser.")
	case "unknown_interaction":
		return "", exit.Left.With("The wallet does not know this interaction any more.")
	}
	return "", exit.WrongHash.With("Open the link that this command printed, and come back by the wallet's own redirect.")
}

func page(w http.ResponseWriter, status int, tone pages.Tone, heading, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pages.Policy())
	w.WriteHeader(status)
	_, _ = w.Write(pages.Message{Heading: heading, Text: text, Tone: tone}.Document())
}
