package cloud

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/lambdahttp"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/store/dynamodb"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Need is what only some functions need.
type Need int

const (
	// Requests of grants need PUBLIC_URL, and the key that makes the ids of
	// idempotent ones, which is loaded at the start.
	Requests Need = iota + 1
	// Payments need that key too.
	Payments
)

// New is the service as it runs in a function's execution environment, with all
// loaded that the first request would wait for. getenv is [os.Getenv] outside of
// tests; log lines go to out.
//
// It never fails. What cannot be loaded is logged, and tried again by the
// requests that need it. With a broken configuration each request is answered
// 503: of a function that ends instead, callers see a bare 500.
func New(ctx context.Context, getenv func(string) string, out io.Writer, needs ...Need) *httpapi.API {
	w, err := start(ctx, getenv, out, needs...)
	if err != nil {
		return newMisconfiguredAPI(err, w)
	}
	return &httpapi.API{
		Grants: w.grants, Payments: w.payments, PaymentsOff: w.config.PaymentsOff, PublicURL: w.config.PublicURL,
		Caller: lambdahttp.Caller(lambdahttp.CallerOptions{
			ByRole: w.config.OwnerByRole, InsecureLocal: w.config.InsecureAllowLocal, Scopes: w.config.JWTScopes,
		}),
		Fault: w.countFault, Log: w.log,
	}
}

// variables are those of the configuration that not all functions need.
func variables(needs []Need) (names []string) {
	if slices.Contains(needs, Requests) {
		names = append(names, "PUBLIC_URL") // its finish links begin with it
	}
	return names
}

// wired is what the functions are made of.
type wired struct {
	log        *slog.Logger // this and countFault are always there; without an error, there is the rest too
	countFault func(ctx context.Context, code string)

	config *config.Config
	dynamo *awsdynamodb.Client
	store  *dynamodb.Store
	key    *signingkey.Client
	grants *grant.Service

	payments *payment.Service
}

const insecureWarning = "INSECURE_ALLOW_LOCAL is set: http, private addresses and callers without authorization are let through; for development only"

// start reads the configuration, wires the service and loads it.
func start(ctx context.Context, getenv func(string) string, out io.Writer, needs ...Need) (*wired, error) {
	out = telemetry.Lines(out) // for the log and the counts
	labels := config.TelemetryFromEnv(getenv)
	w := &wired{log: newLogger(out, labels, getenv), countFault: newFaultCounter(out, labels, getenv)}
	c, err := config.FromEnv(getenv, variables(needs)...)
	if err != nil {
		w.log.ErrorContext(ctx, "this function does nothing until its configuration is mended", slog.Any("error", err))
		return w, err
	}
	w.config = c
	if c.InsecureAllowLocal {
		w.log.WarnContext(ctx, insecureWarning)
	}
	if err := w.wire(getenv, out); err != nil {
		w.log.ErrorContext(ctx, "this function does nothing", slog.Any("error", err))
		return w, err
	}
	w.warm(ctx, needs)
	return w, nil
}

func (w *wired) wire(getenv func(string) string, out io.Writer) error {
	c := w.config
	guarded := netguard.NewTransport(netguard.Options{InsecureAllowLocal: c.InsecureAllowLocal})
	wallets, err := opclient.New(opclient.Config{InsecureAllowLocal: c.InsecureAllowLocal, Timeout: grant.OperationTime,
		HTTP: &http.Client{Transport: &telemetry.WalletTransport{Next: guarded, Log: w.log}}})
	if err != nil {
		return fmt.Errorf("the client for wallets: %w", err)
	}
	client, role := newHTTPClient(), credentials(getenv)
	w.dynamo = newDynamoDB(c.AWS, role, client)
	w.store = dynamodb.New(w.dynamo, c.GrantsTable)
	w.key = signingkey.NewClient(newKeySource(c, role, client), wallets)
	counter := &telemetry.Counter{Out: out, Namespace: c.Telemetry.Namespace, Service: c.Telemetry.Service}
	w.grants = &grant.Service{
		Store: w.store, Lists: w.store, Server: w.key,
		PublicURL: c.PublicURL, ReturnURLs: c.ReturnURLs, AllowUnbound: c.AllowUnboundGrants,
		Log:   w.log,
		Count: func(_ context.Context, m grant.Metric, code string, n int) { counter.Count(string(m), code, n) },
	}
	payments := newPayments(w.dynamo, c.GrantsTable)
	w.payments = &payment.Service{
		Store: payments, Lists: payments, Grants: w.grants, Wallet: w.key,
		OwnAddress: w.key.OwnAddress, Payees: c.Payees,
		Log:   w.log,
		Count: func(_ context.Context, m payment.Metric, code string, n int) { countPayment(counter, m, code, n) },
	}
	w.grants.Checkouts, w.grants.Spending = w.payments, w.key
	return nil
}

// countPayment writes a count, or how long a payment took.
func countPayment(c *telemetry.Counter, m payment.Metric, code string, n int) {
	if m == payment.PaymentSeconds {
		c.Seconds(string(m), float64(n))
		return
	}
	c.Count(string(m), code, n)
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
