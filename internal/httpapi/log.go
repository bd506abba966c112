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

const keyPaymentID = "payment_id"

// withIDs returns a context whose log lines have the ids of the grant and the
// payment in the path.
func withIDs(ctx context.Context, at parameters) context.Context {
	if isID(at.grant) {
		ctx = telemetry.With(ctx, slog.String(telemetry.KeyGrantID, at.grant))
	}
	if isID(at.payment) {
		ctx = telemetry.With(ctx, slog.String(keyPaymentID, at.payment))
	}
	return ctx
}

// longestName is how much is logged of an owner or a caller. An ARN of AWS and the
// sub of a token (OpenID Connect Core section 2) are shorter.
const longestName = 512

// withIdentity returns a context whose log lines say who called.
func withIdentity(ctx context.Context, i Identity) context.Context {
	if i.Owner != "" {
		ctx = telemetry.With(ctx, slog.String(telemetry.KeyOwner, truncate(i.Owner, longestName)))
	}
	if i.Caller != "" {
		ctx = telemetry.With(ctx, slog.String(telemetry.KeyCaller, truncate(i.Caller, longestName)))
	}
	return ctx
}

// logRequest writes one line for a request. The line has the route, but never the
// path as it was sent, nor the query, which has the interact_ref and its hash, nor
// a word of the body: a secret may be in the wrong place.
func (a *API) logRequest(r *http.Request, found *Route, answer *reply, wallets *telemetry.Wallets, took time.Duration) {
	if a.Log == nil {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", loggedMethod(r.Method)),
		slog.Int("status", answer.status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
	}
	if found != nil {
		attrs = append(attrs, slog.String("route", found.Pattern))
	}
	if answer.id != "" {
		attrs = append(attrs, slog.String(telemetry.KeyGrantID, answer.id))
	}
	if answer.payment != "" {
		attrs = append(attrs, slog.String(keyPaymentID, answer.payment))
	}
	if answer.code != "" {
		attrs = append(attrs, slog.String("code", answer.code))
	}
	if host := upstreamHost(answer.err); host != "" {
		attrs = append(attrs, slog.String("upstream", host))
	}
	if answer.err != nil && answer.code != CodeMalformed { // that names members as they were sent
		attrs = append(attrs, slog.Any("error", answer.err))
	}
	attrs = append(attrs, wallets.Attrs()...)
	a.Log.LogAttrs(r.Context(), level(r, answer), "request", attrs...)
}

// loggedMethod returns the method if it is one of HTTP, which may be any word.
func loggedMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return method
	}
	return "(another)"
}

// level returns ERROR for what the operator of the service has to repair, and
// WARN for what a wallet has to.
func level(r *http.Request, answer *reply) slog.Level {
	switch {
	case answer.code == grant.CodeBusy, answer.code == codePaymentsOff, callerLeft(r, answer):
		return slog.LevelInfo
	case answer.code == grant.CodeNotRotated:
		return slog.LevelWarn
	case answer.status == http.StatusInternalServerError, answer.status == http.StatusServiceUnavailable:
		return slog.LevelError
	case answer.status > 500:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// upstreamHost returns the host of the wallet's server that caused an error, or ""
// if none did.
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
