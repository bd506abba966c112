package consent

import (
	"cmp"
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

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/pages"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A callback answers the browser that comes back. The first valid link ends the wait.
type callback struct {
	expected
	term     *cli.Terminal
	path     string
	ignoring atomic.Bool // a link was ignored
	once     sync.Once
	finished chan ended
}

// ended is the result of the interaction.
type ended struct {
	value string
	err   error
}

// newCallback returns a callback at the path of the URL that the browser comes back to.
func newCallback(term *cli.Terminal, at *url.URL, what expected) *callback {
	return &callback{expected: what, term: term, path: cmp.Or(at.Path, "/"), finished: make(chan ended, 1)}
}

// wait answers requests until the browser has come back with a valid link, or ctx is
// done.
func (c *callback) wait(ctx context.Context, listeners []net.Listener) (value string, err error) {
	server := &http.Server{Handler: c, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second,
		WriteTimeout: 5 * time.Second, MaxHeaderBytes: 32 << 10, ErrorLog: log.New(io.Discard, "", 0)}
	for _, l := range listeners {
		go func() { _ = server.Serve(l) }()
	}
	defer func() {
		// The browser must still get its page.
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if server.Shutdown(end) != nil {
			_ = server.Close()
		}
	}()
	select {
	case f := <-c.finished:
		return f.value, f.err
	case <-ctx.Done():
		if c.ignoring.Load() && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			return "", exit.WrongHash.With("%s", c.late)
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
		page(w, http.StatusNotFound, pages.Bad, "Nothing here", "This address is only for coming back from your wallet.")
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		page(w, http.StatusMethodNotAllowed, pages.Bad, "Not allowed", "This address is only for coming back from your wallet.")
		return
	}
	value, err := c.read(r.URL.RawQuery)
	switch exit.Of(err) {
	case exit.OK:
		c.end(ended{value: value})
		page(w, http.StatusOK, pages.Good, "Thank you", "You have given your permission. You can close this page and go back to the terminal.")
	case exit.WrongHash:
		c.ignoring.Store(true)
		c.term.Say("%s", c.ignored)
		page(w, http.StatusBadRequest, pages.Bad, "This link is not valid", "It is not the one that your wallet gave you for this request. Go back to the terminal.")
	default:
		c.end(ended{err: err})
		page(w, http.StatusOK, pages.Refused, "Permission not given", "Nothing will be paid. You can close this page and go back to the terminal.")
	}
}

func (c *callback) end(f ended) { c.once.Do(func() { c.finished <- f }) }

// readFinish reads from the query of the finish URL how the interaction ended. If the
// hash is right, nothing else in the query counts. Only the hash proves anything: the
// wallet sends none when the user refuses.
func readFinish(pending opclient.Pending, rawQuery string) (interactRef string, err error) {
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
		return "", exit.Left.With("The time to answer in the wallet may be over, or another request may have taken its place in the browser.")
	case "unknown_interaction":
		return "", exit.Left.With("The wallet says that it does not know this interaction.")
	}
	return "", exit.WrongHash.With("Open the link that this command printed, and let the wallet redirect the browser.")
}

func page(w http.ResponseWriter, status int, tone pages.Tone, heading, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pages.Policy())
	w.WriteHeader(status)
	_, _ = w.Write(pages.Message{Heading: heading, Text: text, Tone: tone}.Document())
}
