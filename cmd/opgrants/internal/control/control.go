// Package control is the HTTP interface through which tests control a sandbox, in any
// language: they decide for users, plan faults and look at what happened.
package control

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// Path is where the interface is.
const Path = "/control"

const maxBody = 64 << 10 // bytes

// A Client is the client whose wallet address and key every sandbox has.
type Client struct {
	WalletAddress string `json:"walletAddress"`
	KeyID         string `json:"keyId"`
	PrivateKey    string `json:"privateKey"` // PKCS#8 in PEM
}

// A Handler is a sandbox and the interface that controls it. Make one with [New].
type Handler struct {
	config  Config
	guarded http.Handler // the interface
	current atomic.Pointer[sandbox.Server]
	resets  sync.Mutex
}

// A Config is what a [Handler] needs. All its fields but Exposed are required.
type Config struct {
	Sandbox *sandbox.Server // at the start
	// Open returns a new sandbox for a reset: at the same URL, with the same wallets.
	Open    func() (*sandbox.Server, error)
	Client  Client
	Env     string  // the environment file for `opgrants serve`, with the key in it
	Wallets []Named // that it starts with
	Journal *Journal
	// Exposed lets every machine control the sandbox. Otherwise only this one may.
	Exposed bool
}

// A Named is a wallet whose name says how it behaves.
type Named struct {
	WalletAddress string `json:"walletAddress"`
	Does          string `json:"does"` // a sentence
}

// New returns a sandbox with its interface.
func New(c Config) *Handler {
	h := &Handler{config: c}
	h.current.Store(c.Sandbox)
	mux := http.NewServeMux()
	for pattern, serve := range h.routes() {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+Path+path, func(w http.ResponseWriter, r *http.Request) {
			answer, err := serve(r)
			write(w, answer, err)
		})
	}
	mux.HandleFunc("GET "+Path+"/env", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, c.Env) // the client has gone
	})
	// A web page of somebody else must not control the sandbox with the user's browser.
	h.guarded = h.guard(http.NewCrossOriginProtection().Handler(mux))
	return h
}

// ServeHTTP answers requests below [Path] itself. The sandbox answers all others.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == Path || strings.HasPrefix(r.URL.Path, Path+"/") {
		h.guarded.ServeHTTP(w, r)
		return
	}
	h.sandbox().ServeHTTP(w, r)
}

// Close closes the sandbox.
func (h *Handler) Close() error { return h.sandbox().Close() }

func (h *Handler) sandbox() *sandbox.Server { return h.current.Load() }

// reset puts a sandbox as it was at the start in the place of this one. Requests that
// wait at the old one end.
func (h *Handler) reset(*http.Request) (any, error) {
	h.resets.Lock()
	defer h.resets.Unlock()
	next, err := h.config.Open()
	if err != nil {
		return nil, err
	}
	old := h.current.Swap(next)
	h.config.Journal.clear()
	return nil, old.Close()
}

// guard refuses requests of other machines, and requests whose Host is the name of
// another machine: a web page can let a name of its own lead here (DNS rebinding).
func (h *Handler) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if h.config.Exposed || isLocal(r.RemoteAddr) && h.isOwnName(r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		write(w, nil, &failure{http.StatusForbidden, "only this machine may control the sandbox, unless it was started with --expose-control"})
	})
}

func isLocal(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

func (h *Handler) isOwnName(host string) bool {
	if own, err := url.Parse(h.sandbox().URL()); err == nil && strings.EqualFold(own.Host, host) {
		return true
	}
	name := host
	if withoutPort, _, err := net.SplitHostPort(host); err == nil {
		name = withoutPort
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

// A failure is a request that was refused. The sentence is for the caller.
type failure struct {
	status   int
	sentence string
}

func (f *failure) Error() string { return f.sentence }

// unprocessable is a request that makes no sense to the sandbox.
func unprocessable(err error) error {
	if err == nil {
		return nil
	}
	return &failure{http.StatusUnprocessableEntity, strings.TrimPrefix(err.Error(), "sandbox: ")}
}

func write(w http.ResponseWriter, answer any, err error) {
	var f *failure
	switch {
	case errors.As(err, &f):
		writeJSON(w, f.status, map[string]string{"error": f.sentence})
	case err != nil:
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": err.Error()})
	case answer == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, http.StatusOK, answer)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the client has gone
}

// read reads the JSON body of r into target.
func read(r *http.Request, target any) error {
	d := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(target); err != nil {
		return &failure{http.StatusBadRequest, "the body must be one JSON object: " + strings.TrimPrefix(err.Error(), "json: ")}
	}
	return nil
}
