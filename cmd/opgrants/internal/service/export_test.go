package service

import (
	"log/slog"
	"net/http"

	"github.com/opgrants/opgrants/internal/grant"
)

// ShownMetrics answers as the address of the metrics does.
func (s *Service) ShownMetrics() http.Handler {
	return s.metrics.Handler(slog.New(slog.DiscardHandler))
}

// Admin answers as the socket of opgrants admin does.
func (s *Service) Admin() http.Handler { return s.adminHandler() }

// Grants is the store of grants.
func (s *Service) Grants() grant.Store { return s.store }
