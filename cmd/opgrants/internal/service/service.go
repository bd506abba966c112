// Package service makes the service of its configuration: the store of grants in a
// file, the signing key and the HTTP interface.
package service

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/metrics"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/schedule"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Options of a [Service].
type Options struct {
	Config      *config.Serve // checked
	PublicURL   string        // base URL as browsers see it
	Log         *slog.Logger
	HTTP        *http.Client     // for the wallets; nil: as [opclient.Config] has it
	Now         func() time.Time // nil: time.Now
	MaxRequests int              // under way at the same time; 0: [DefaultMaxRequests]
	Metrics     net.Listener     // where Run shows the metrics; nil: nowhere
	Drain       time.Duration    // how long Run takes connections after it has said that it is not ready; at most [MaxDrain]
}

// A Service answers HTTP requests until it is closed.
type Service struct {
	*keeper
	file     *bolt.Store
	store    *watched[grant.Item]
	api      http.Handler
	operator *keeping.Operator
	client   *signingkey.Client
	metrics  *metrics.Metrics
	shown    net.Listener // where the metrics are; nil: nowhere
	dataFile string
	drain    time.Duration
	log      *slog.Logger

	stopping atomic.Bool
	backups  sync.Mutex // one at a time
	damaged  chan error // has the damage of the data file once it was found
}

// Open reads the signing key and opens the store. Its errors have exit codes.
func Open(ctx context.Context, o Options) (*Service, error) {
	c := o.Config
	base, err := opclient.New(opclient.Config{HTTP: o.HTTP, InsecureAllowLocal: c.InsecureAllowLocal, Now: o.Now, Timeout: grant.OperationTime})
	if err != nil {
		return nil, err
	}
	key, err := keySource(c, base, o.Log)
	if err != nil {
		return nil, err
	}
	file, err := bolt.Open(c.DataFile)
	if err != nil {
		return nil, exit.Data.With("%w", err)
	}
	s := &Service{file: file, dataFile: c.DataFile, log: o.Log, damaged: make(chan error, 1),
		client: signingkey.NewClient(key, base), metrics: metrics.New(), shown: o.Metrics, drain: o.Drain}
	s.store = &watched[grant.Item]{file.Items, s.reportDamage}
	grants := &grant.Service{
		Store:        s.store,
		Lists:        s.store,
		Server:       s.client,
		PublicURL:    o.PublicURL,
		ReturnURLs:   c.ReturnURLs,
		AllowUnbound: c.AllowUnboundGrants,
		Log:          o.Log,
		Count:        s.metrics.CountGrant,
		Now:          o.Now,
	}
	items := &watched[payment.Item]{bolt.Of(s.file.File, store.Payments), s.reportDamage}
	payments := newPayments(c, o, items, grants, s.client)
	payments.Count = s.metrics.CountPayment
	s.metrics.Watch(&calendarState{s.store, items, o.Now})
	if err := warm(ctx, grants); err != nil {
		return nil, errors.Join(exit.Data.With("%w", err), file.Close())
	}
	api := &httpapi.API{Grants: grants, Payments: payments, PaymentsOff: c.PaymentsOff(), PublicURL: o.PublicURL, Caller: caller(c, o.PublicURL), Log: o.Log,
		MaxRequests: cmp.Or(o.MaxRequests, DefaultMaxRequests)}
	s.keeper = s.newKeeper(grants, payments, items, o.Now)
	s.operator = &keeping.Operator{Store: s.store, Grants: grants}
	s.api = s.metrics.Measure(api.Handler())
	return s, nil
}

// warm reads what each grant needs, so that no request waits for it.
func warm(ctx context.Context, grants *grant.Service) error {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	return grants.Warm(ctx)
}

func (s *Service) newKeeper(grants *grant.Service, payments *payment.Service, calendar keeping.PaymentCalendar, now func() time.Time) *keeper {
	breakerItems := &watched[keeping.BreakerItem]{bolt.Of(s.file.File, keeping.Breakers), s.reportDamage}
	breakers := &schedule.Breakers{Store: keeping.NewBreakerStore(breakerItems), Now: now}
	tally := &keeping.Tally{}
	pool := &schedule.Pool{Worker: &schedule.Worker{Doer: &keeping.Doer{Grants: grants, Payments: payments, Tally: tally}, Breakers: breakers, Log: s.log,
		Opened: func() { s.metrics.CountGrant(context.Background(), grant.BreakerOpened, "", 1) }}}
	planner := &schedule.Planner{Calendar: &keeping.Calendar{Grants: s.store, Payments: calendar}, Queue: pool, Breakers: breakers, Now: now, Log: s.log}
	return &keeper{planner: planner, workers: pool, tally: tally, metrics: s.metrics, log: s.log}
}

// Run answers requests at l and keeps consent, until ctx is done or the data file
// is found to be damaged. Then it says that it is not ready, takes no more
// connections, and answers the requests under way, for 30 s at the most.
func (s *Service) Run(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	listening, stopListening := context.WithCancel(context.WithoutCancel(ctx))
	defer stopListening()
	showing, stopShowing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopShowing()

	var damage error
	var running, shown sync.WaitGroup
	running.Go(func() { s.Keep(ctx, keepFirst, keepEvery) })
	running.Go(func() { s.serveAdmin(ctx) })
	running.Go(func() {
		damage = s.waitToStop(ctx, listening)
		stop()
		stopListening()
	})
	shown.Go(func() { s.showMetrics(showing) })
	err := Listen(listening, l, s, s.log)
	stopListening()
	stop()
	running.Wait()
	stopShowing()
	shown.Wait()
	if damage != nil {
		return exit.Data.With("%w", damage)
	}
	return err
}

// showMetrics answers Prometheus until ctx is done: also while the last requests are
// answered.
func (s *Service) showMetrics(ctx context.Context) {
	if s.shown == nil {
		return
	}
	quiet := slog.New(slog.DiscardHandler) // the HTTP interface logs that it stops
	if err := Listen(ctx, s.shown, s.metrics.Handler(s.log), quiet); err != nil {
		s.log.ErrorContext(ctx, "the metrics are not shown any more", slog.Any("error", err))
	}
}

// reportDamage ends Run, once.
func (s *Service) reportDamage(err error) {
	select {
	case s.damaged <- err:
	default:
	}
}

// ServeHTTP answers at the routes for monitoring, and everywhere else with the HTTP
// interface.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.answerHealth(w, r) {
		s.api.ServeHTTP(w, r)
	}
}

// Close closes the store.
func (s *Service) Close() error { return s.file.Close() }
