package grant

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/internal/save"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// An AuthorizationServer is what a grant needs of the wallets' servers: an
// [opclient.Client], for example. Each call must end with its context, and may
// take [OperationTime].
type AuthorizationServer interface {
	WalletAddress(ctx context.Context, url string) (*opclient.WalletAddress, error)
	RequestGrant(ctx context.Context, authServer string, r opclient.GrantRequest) (*opclient.Grant, error)
	Continue(ctx context.Context, k opclient.Continue, interactRef string) (*opclient.Grant, error)
	Poll(ctx context.Context, k opclient.Continue) (*opclient.Grant, error)
	Cancel(ctx context.Context, k opclient.Continue) error
	Rotate(ctx context.Context, t *opclient.Token) (*opclient.Token, error)
}

// A Service runs the lives of grants. Set its exported fields once, before its
// first use.
type Service struct {
	Store        Store
	Server       AuthorizationServer
	PublicURL    string   // base of the finish links: https://grants.example
	ReturnURLs   []string // what a returnUrl may be: scheme, host, port and path
	AllowUnbound bool     // grants without a returnUrl. See rule 9 in ARCHITECTURE.md

	Lists     Lister        // of the grants; nil: [Service.List] fails
	Checkouts CheckoutMaker // nil: a request with a payment fails
	Spending  SpentReader   // nil: [Service.Spent] fails

	Log    *slog.Logger                                            // nil: none
	Count  func(ctx context.Context, m Metric, code string, n int) // n: how often; nil: no counts
	Now    func() time.Time                                        // nil: time.Now
	Sleep  func(ctx context.Context, d time.Duration) error        // nil: a timer
	Random io.Reader                                               // nil: crypto/rand
	Lease  time.Duration                                           // longer than [OperationTime] in production; 0: 60 s

	idKey idKey
}

// The waits of an operation. They end within [OperationTime], and so within the
// lease.
const (
	longestWait  = 10 * time.Second       // of the server's wait, before a continuation
	longestTurn  = 6 * time.Second        // for another caller who rotates or revokes
	longestLook  = 2 * time.Second        // for another finish's result
	look         = 100 * time.Millisecond // between two reads of a grant that another works on
	leastPromise = 5 * time.Second        // with which a token is handed out
	longestRetry = time.Hour              // of a wallet's Retry-After
	defaultLease = 60 * time.Second
)

func (s *Service) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Service) sleep(ctx context.Context, d time.Duration) error {
	if s.Sleep != nil {
		return s.Sleep(ctx, d)
	}
	return save.Sleep(ctx, d)
}

func (s *Service) log() *slog.Logger {
	if s.Log != nil {
		return s.Log
	}
	return slog.New(slog.DiscardHandler)
}

// random returns n random bytes.
func (s *Service) random(n int) []byte {
	b := make([]byte, n)
	source := s.Random
	if source == nil {
		source = rand.Reader
	}
	if _, err := io.ReadFull(source, b); err != nil {
		panic("grant: no randomness: " + err.Error())
	}
	return b
}

func (s *Service) randomText(n int) string {
	return base64.RawURLEncoding.EncodeToString(s.random(n))
}

// leaseTime is how long a lease lasts.
func (s *Service) leaseTime() time.Duration {
	if s.Lease == 0 {
		return defaultLease
	}
	return s.Lease
}

// newLease returns a lease for whoever works on a grant from now on.
func (s *Service) newLease() *Lease {
	return &Lease{ID: s.randomText(9), Until: At(s.now().Add(s.leaseTime()))}
}

// get reads a grant. A store that cannot be reached is an [Error].
func (s *Service) get(ctx context.Context, id string) (*Item, error) {
	it, err := s.store().Get(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && it.Status == Requesting:
		return nil, NotFound()
	case err != nil:
		return nil, StoreError(err)
	}
	return it, nil
}

// NotFound is the error for a grant or a payment that there is not, or that is
// another owner's.
func NotFound() *Error {
	return &Error{Code: CodeNotFound, Detail: "There is no such grant, or it is another owner's."}
}

// getOwned reads a grant for its owner. To others it does not exist.
func (s *Service) getOwned(ctx context.Context, owner, id string) (*Item, error) {
	it, err := s.get(ctx, id)
	if err != nil {
		return nil, err
	}
	if it.Owner != owner {
		return nil, NotFound()
	}
	return it, nil
}

// Get returns the grant as its owner may see it, after settling
// it.
func (s *Service) Get(ctx context.Context, owner, id string) (*Resource, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	it, err := s.getOwned(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	if it, err = s.settle(ctx, it, nil); err != nil {
		return nil, err
	}
	return it.resource(s.now()), nil
}

// StoreError is the error for a store that cannot be reached.
func StoreError(err error) *Error {
	return &Error{Code: CodeStore, Detail: "The store of grants cannot be reached. Try again.",
		RetryAfter: 2 * time.Second, Err: err}
}
