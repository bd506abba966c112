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
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
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
}

// A Service answers HTTP requests until it is closed.
type Service struct {
	*keeper
	file     *bolt.Store
	store    *watched[grant.Item]
	api      http.Handler
	operator *keeping.Operator
	socket   string // of opgrants admin
	log      *slog.Logger

	damaged chan error // has the damage of the data file once it was found
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
	s := &Service{file: file, socket: AdminSocket(c.DataFile), log: o.Log, damaged: make(chan error, 1)}
	s.store = &watched[grant.Item]{file.Items, s.reportDamage}
	client := signingkey.NewClient(key, base)
	grants := &grant.Service{
		Store:        s.store,
		Lists:        s.store,
		Server:       client,
		PublicURL:    o.PublicURL,
		ReturnURLs:   c.ReturnURLs,
		AllowUnbound: c.AllowUnboundGrants,
		Log:          o.Log,
		Now:          o.Now,
	}
	items := &watched[payment.Item]{bolt.Of(s.file.File, store.Payments), s.reportDamage}
	payments := newPayments(c, o, items, grants, client)
	if err := warm(ctx, grants); err != nil {
		return nil, errors.Join(exit.Data.With("%w", err), file.Close())
	}
	api := &httpapi.API{Grants: grants, Payments: payments, PaymentsOff: c.PaymentsOff(), PublicURL: o.PublicURL, Caller: caller(c, o.PublicURL), Log: o.Log,
		MaxRequests: cmp.Or(o.MaxRequests, DefaultMaxRequests)}
	s.keeper = s.newKeeper(grants, payments, items, o.Now)
	s.operator = &keeping.Operator{Store: s.store, Grants: grants}
	s.api = api.Handler()
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
	pool := &schedule.Pool{Worker: &schedule.Worker{Doer: &keeping.Doer{Grants: grants, Payments: payments, Tally: tally}, Breakers: breakers, Log: s.log}}
	planner := &schedule.Planner{Calendar: &keeping.Calendar{Grants: s.store, Payments: calendar}, Queue: pool, Breakers: breakers, Now: now, Log: s.log}
	return &keeper{planner: planner, workers: pool, tally: tally, log: s.log}
}

// Run answers requests at l and keeps consent, until ctx is done or the data file
// is found to be damaged. Requests under way are answered, for 30 s at the most.
func (s *Service) Run(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var damage error
	var running sync.WaitGroup
	running.Go(func() { s.Keep(ctx, keepFirst, keepEvery) })
	running.Go(func() { s.serveAdmin(ctx) })
	running.Go(func() {
		select {
		case damage = <-s.damaged:
			s.log.Error("the data file is damaged", "error", damage)
			stop()
		case <-ctx.Done():
		}
	})
	err := Listen(ctx, l, s, s.log)
	stop()
	running.Wait()
	if damage != nil {
		return exit.Data.With("%w", damage)
	}
	return err
}

// reportDamage ends Run, once.
func (s *Service) reportDamage(err error) {
	select {
	case s.damaged <- err:
	default:
	}
}

// ServeHTTP answers at /healthz, and everywhere else with the HTTP interface.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		s.health(w, r)
		return
	}
	s.api.ServeHTTP(w, r)
}

// Close closes the store.
func (s *Service) Close() error { return s.file.Close() }
