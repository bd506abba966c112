package service

import (
	"errors"
	"net/http"

	"github.com/opgrants/opgrants/internal/grant"
)

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
	if _, err := s.store.Get(r.Context(), noGrant); !errors.Is(err, grant.ErrNotFound) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("the store cannot be read\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}
