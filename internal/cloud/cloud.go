package cloud

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/lambdahttp"
	"github.com/opgrants/opgrants/internal/signingkey"
	keysource "github.com/opgrants/opgrants/internal/signingkey/secretsmanager"
	"github.com/opgrants/opgrants/internal/store/dynamodb"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// New is the service as it runs in a function's execution environment, with all
// loaded that the first request would wait for. getenv is [os.Getenv] outside of
// tests; log lines go to out.
//
// It never fails. What cannot be loaded is logged, and tried again by the
// requests that need it. With a broken configuration each request is answered
// 503: of a function that ends instead, callers see a bare 500.
func New(ctx context.Context, getenv func(string) string, out io.Writer) *httpapi.API {
	c, err := config.FromEnv(getenv)
	if err != nil {
		log := newLogger(out, config.Telemetry{}, getenv)
		log.ErrorContext(ctx, "this function answers 503 until its configuration is mended", slog.Any("error", err))
		return misconfigured(err, log)
	}
	log := newLogger(out, c.Telemetry, getenv)
	if c.InsecureAllowLocal {
		log.WarnContext(ctx, "INSECURE_ALLOW_LOCAL is set: http, private addresses and callers without authorization are let through; for development only")
	}
	api, err := wire(ctx, c, getenv, log)
	if err != nil {
		log.ErrorContext(ctx, "this function answers 503", slog.Any("error", err))
		return misconfigured(err, log)
	}
	return api
}

func wire(ctx context.Context, c *config.Config, getenv func(string) string, log *slog.Logger) (*httpapi.API, error) {
	wallets, err := opclient.New(opclient.Config{InsecureAllowLocal: c.InsecureAllowLocal})
	if err != nil {
		return nil, fmt.Errorf("the client for wallets: %w", err)
	}
	client, role := newHTTPClient(), credentials(getenv)
	store := dynamodb.New(newDynamoDB(c.AWS, role, client), c.GrantsTable)
	key := signingkey.NewClient(keysource.New(newSecretsManager(c.AWS, role, client), c.SigningKeySecret), wallets)
	warm(ctx, log, store, key)
	return &httpapi.API{
		Grants: &grant.Service{
			Store: store, Server: key,
			PublicURL: c.PublicURL, ReturnURLs: c.ReturnURLs, AllowUnbound: c.AllowUnboundGrants,
			Log: log,
		},
		Caller: lambdahttp.Caller(c.OwnerByRole, c.InsecureAllowLocal),
		Log:    log,
	}, nil
}

// newLogger's lines name the service and the function.
func newLogger(out io.Writer, c config.Telemetry, getenv func(string) string) *slog.Logger {
	attrs := []slog.Attr{
		slog.String(telemetry.KeyService, cmp.Or(c.Service, "opgrants")),
		slog.String(telemetry.KeyFunctionName, getenv("AWS_LAMBDA_FUNCTION_NAME")),
	}
	if size, err := strconv.Atoi(getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")); err == nil {
		attrs = append(attrs, slog.Int(telemetry.KeyFunctionMemory, size))
	}
	return telemetry.NewLogger(out, c.LogLevel, attrs...)
}
