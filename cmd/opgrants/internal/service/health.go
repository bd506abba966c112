package service

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// The routes for monitoring. They need no token, and no wallet: a wallet that is down
// is no reason to restart this process or to send it no requests.
const (
	livePath   = "/livez"
	readyPath  = "/readyz"
	healthPath = "/healthz" // as readyPath, for monitors that expect this name
)

// checkTime is how long the store and the key may take to answer.
const checkTime = 5 * time.Second

// answerHealth answers r if it is for a route for monitoring, and reports whether it is.
func (s *Service) answerHealth(w http.ResponseWriter, r *http.Request) bool {
	check := s.checkReady
	switch strings.TrimSuffix(r.URL.Path, "/") {
	case readyPath, healthPath:
	case livePath:
		check = func(context.Context) error { return nil }
	default:
		return false
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return true
	}
	if err := check(r.Context()); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(err.Error() + "\n"))
		return true
	}
	_, _ = w.Write([]byte("ok\n"))
	return true
}

// The answers of a process that is not ready. They are for everybody, so they have no
// cause: the log has it.
var (
	errStopping = errors.New("stopping")
	errNoStore  = errors.New("the store cannot be read")
	errNoKey    = errors.New("the signing key cannot be read")
	errSlow     = errors.New("the store or the signing key cannot be read in time")
)

// checkReady returns why the process can do nothing for a request now, or nil.
func (s *Service) checkReady(ctx context.Context) error {
	if s.stopping.Load() {
		return errStopping
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- s.checkParts(ctx) }() // a disk that hangs does not end with ctx
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return errSlow
	}
}

func (s *Service) checkParts(ctx context.Context) error {
	const noGrant = "readyz" // too short to be an id
	if _, err := s.store.Get(ctx, noGrant); !errors.Is(err, grant.ErrNotFound) {
		return errNoStore
	}
	if err := s.client.Warm(ctx); err != nil {
		return errNoKey
	}
	return nil
}
