package keeping

import (
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/schedule"
	"github.com/opgrants/opgrants/internal/store"
)

// A BreakerItem is a circuit breaker as a store keeps it. It is never due.
type BreakerItem struct {
	Host     string        `json:"id"`
	Version  int64         `json:"v"`
	TTL      int64         `json:"ttl,omitempty"` // Unix seconds
	Failures int64         `json:"n,omitempty"`
	Opened   grant.Instant `json:"op,omitempty"`
	Probe    grant.Instant `json:"pr,omitempty"`
	Shard    string        `json:"sh,omitempty"`
	Due      grant.Instant `json:"du,omitempty"`
}

// Breakers is the kind of the circuit breakers, to open their store with:
// dynamodb.Of(client, table, keeping.Breakers), or bolt.Of(file, keeping.Breakers).
var Breakers = &store.Kind[BreakerItem]{
	Name:   "breaker",
	Prefix: "breaker#",
	Fields: func(b *BreakerItem) store.Fields {
		return store.Fields{ID: &b.Host, Version: &b.Version, TTL: &b.TTL, Shard: &b.Shard, Due: &b.Due}
	},
	NotFound: errNoBreaker,
	Exists:   func(*BreakerItem) error { return schedule.ErrConflict },
	Conflict: func(*BreakerItem) error { return schedule.ErrConflict },
}

var errNoBreaker = errors.New("no circuit breaker of this host")

// A BreakerItems is a store of the kind [Breakers].
type BreakerItems interface {
	Create(ctx context.Context, item *BreakerItem) error
	Get(ctx context.Context, id string) (*BreakerItem, error)
	Update(ctx context.Context, item *BreakerItem) error
}

// A BreakerStore keeps the circuit breakers. It is a [schedule.BreakerStore].
type BreakerStore struct{ items BreakerItems }

// NewBreakerStore returns the store of circuit breakers that are kept as items of
// the kind [Breakers].
func NewBreakerStore(items BreakerItems) *BreakerStore { return &BreakerStore{items} }

// Breaker reads the breaker of a host. One that is not stored is closed.
func (s *BreakerStore) Breaker(ctx context.Context, host string) (*schedule.Breaker, error) {
	item, err := s.items.Get(ctx, breakerID(host))
	if errors.Is(err, errNoBreaker) {
		return &schedule.Breaker{Host: host}, nil
	}
	if err != nil {
		return nil, err
	}
	return &schedule.Breaker{Host: host, Version: item.Version, Failures: int(item.Failures),
		Opened: item.Opened.Time(), Probe: item.Probe.Time()}, nil
}

// SaveBreaker stores b if its Version is the stored one, and increments that. It
// returns [schedule.ErrConflict] otherwise, also when the item is gone.
func (s *BreakerStore) SaveBreaker(ctx context.Context, b *schedule.Breaker, expires time.Time) error {
	item := &BreakerItem{Host: breakerID(b.Host), Version: b.Version, TTL: expires.Unix(), Failures: int64(b.Failures),
		Opened: grant.At(b.Opened), Probe: grant.At(b.Probe)}
	write := s.items.Update
	if b.Version == 0 {
		write = s.items.Create
	}
	if err := write(ctx, item); err != nil {
		return err
	}
	b.Version = item.Version
	return nil
}

// breakerID is a host as an id. An item without a host, which no version writes,
// must not stop the others.
func breakerID(host string) string {
	if host == "" {
		return "unknown"
	}
	return host
}
