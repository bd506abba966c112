package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// withGrant puts the grant's id on every line that is logged for the request.
func withGrant(ctx context.Context, id string) context.Context {
	if !isID(id) {
		return ctx
	}
	return telemetry.With(ctx, slog.String(telemetry.KeyGrantID, id))
}

// logRequest writes the line of a request. It never has the query, which holds
// the interact_ref and its hash, nor the path as it came, but the route.
func (a *API) logRequest(r *http.Request, found *route, answer *reply, wallets *telemetry.Wallets, took time.Duration) {
	if a.Log == nil {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method),
		slog.Int("status", answer.status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
	}
	if found != nil {
		attrs = append(attrs, slog.String("route", found.pattern))
	}
	if answer.id != "" {
		attrs = append(attrs, slog.String(telemetry.KeyGrantID, answer.id))
	}
	if answer.code != "" {
		attrs = append(attrs, slog.String("code", answer.code))
	}
	if host := upstreamHost(answer.err); host != "" {
		attrs = append(attrs, slog.String("upstream", host))
	}
	if answer.err != nil {
		attrs = append(attrs, slog.Any("error", answer.err))
	}
	attrs = append(attrs, wallets.Attrs()...)
	a.Log.LogAttrs(r.Context(), level(r, answer), "request", attrs...)
}

// level is error for what the service's operator has to mend.
func level(r *http.Request, answer *reply) slog.Level {
	left := r.Context().Err() != nil && errors.Is(answer.err, context.Canceled) // the caller has gone
	switch {
	case answer.code == grant.CodeBusy, left:
		return slog.LevelInfo
	case answer.code == grant.CodeNotRotated: // the wallet's to mend
		return slog.LevelWarn
	case answer.status == http.StatusInternalServerError, answer.status == http.StatusServiceUnavailable:
		return slog.LevelError
	case answer.status > 500:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// upstreamHost is the host of the wallet's server that an error came from.
func upstreamHost(err error) string {
	var e *opclient.Error
	if !errors.As(err, &e) {
		return ""
	}
	u, parseErr := url.Parse(e.URL)
	if parseErr != nil {
		return ""
	}
	return u.Host
}
