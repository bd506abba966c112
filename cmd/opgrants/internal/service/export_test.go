package service

import (
	"log/slog"
	"net/http"
)

// ShownMetrics answers as the address of the metrics does.
func (s *Service) ShownMetrics() http.Handler {
	return s.metrics.Handler(slog.New(slog.DiscardHandler))
}
