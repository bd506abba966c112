package service

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// healthTime is how long a healthy store takes to read at the most.
const healthTime = 5 * time.Second

// health answers whether the store can be read. It calls no wallet: a wallet that is
// down is no reason to restart this process.
func (s *Service) health(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	const noGrant = "healthz" // too short to be an id
	ctx, cancel := context.WithTimeout(r.Context(), healthTime)
	defer cancel()
	if _, err := s.store.Get(ctx, noGrant); !errors.Is(err, grant.ErrNotFound) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("the store cannot be read\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}
