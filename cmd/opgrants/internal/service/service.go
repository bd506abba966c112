// Package service puts the service together: grants in a file, the signing key,
// and the HTTP interface.
package service

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Options of a [Service].
type Options struct {
	Config    *config.Serve // checked
	PublicURL string        // base URL as browsers see it
	Log       *slog.Logger
	HTTP      *http.Client     // for the wallets; nil: as [opclient.Config] has it
	Now       func() time.Time // nil: time.Now
}

// A Service answers HTTP requests until it is closed.
type Service struct {
	store  *bolt.Store
	api    http.Handler
	keeper *grant.Keeper
	log    *slog.Logger
}

// Open reads the signing key and opens the store. Its errors have exit codes.
func Open(ctx context.Context, o Options) (*Service, error) {
	c := o.Config
	base, err := opclient.New(opclient.Config{HTTP: o.HTTP, InsecureAllowLocal: c.InsecureAllowLocal, Now: o.Now, Timeout: grant.OperationTime})
	if err != nil {
		return nil, err
	}
	key, err := keySource(c, base)
	if err != nil {
		return nil, err
	}
	store, err := bolt.Open(c.DataFile)
	if err != nil {
		return nil, exit.Data.With("%w", err)
	}
	grants := &grant.Service{
		Store:        store,
		Server:       signingkey.NewClient(key, base),
		PublicURL:    o.PublicURL,
		ReturnURLs:   c.ReturnURLs,
		AllowUnbound: c.AllowUnboundGrants,
		Log:          o.Log,
		Now:          o.Now,
	}
	if err := grants.Warm(ctx); err != nil {
		return nil, errors.Join(exit.Data.With("%w", err), store.Close())
	}
	api := &httpapi.API{Grants: grants, Caller: caller(c, o.PublicURL), Log: o.Log}
	return &Service{store: store, api: api.Handler(), keeper: &grant.Keeper{Service: grants, Calendar: store}, log: o.Log}, nil
}

// ServeHTTP answers at /healthz, and with the HTTP interface at all else.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		s.health(w, r)
		return
	}
	s.api.ServeHTTP(w, r)
}

// Close closes the store.
func (s *Service) Close() error { return s.store.Close() }
