package grant

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// idKeyItem is the one item of the store that is no grant: its ClaimKey makes
// the ids of idempotent requests. No id in a URL can be this.
const idKeyItem = "idempotency-key"

// idKey is read once, and made by whoever comes first.
type idKey struct {
	mu  sync.Mutex
	key []byte
}

// Warm reads what every idempotent request needs, so that a first one need not.
func (s *Service) Warm(ctx context.Context) error {
	_, err := s.readIDKey(ctx)
	return err
}

func (s *Service) readIDKey(ctx context.Context) ([]byte, error) {
	s.idKey.mu.Lock()
	defer s.idKey.mu.Unlock()
	if s.idKey.key != nil {
		return s.idKey.key, nil
	}
	stored, err := s.Store.Get(ctx, idKeyItem)
	if errors.Is(err, ErrNotFound) {
		stored = &Item{ID: idKeyItem, Status: Requesting, Created: At(s.now()), ClaimKey: s.random(32)}
		if err = s.Store.Create(ctx, stored); errors.Is(err, ErrExists) {
			stored, err = s.Store.Get(ctx, idKeyItem)
		}
	}
	if err != nil {
		return nil, err
	}
	s.idKey.key = stored.ClaimKey
	return s.idKey.key, nil
}

// idFor is the one id that an owner's key can have, and nobody can guess.
func (s *Service) idFor(ctx context.Context, owner, key string) (string, error) {
	secret, err := s.readIDKey(ctx)
	if err != nil {
		return "", storeError(err)
	}
	mac := hmac.New(sha256.New, secret)
	for _, part := range []string{owner, key} {
		sum := sha256.Sum256([]byte(part))
		mac.Write(sum[:])
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16]), nil
}

// hash is short, so that an item with it still fits into 1 KB.
func (r Request) hash() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic("grant: " + err.Error()) // strings, numbers and booleans only
	}
	h := sha256.Sum256(b)
	return h[:16]
}

// reserve writes that a request is under way for its Idempotency-Key. What it
// returns is to be asked for, unless it is a grant already.
func (s *Service) reserve(ctx context.Context, owner string, r Request) (*Item, error) {
	id, err := s.idFor(ctx, owner, r.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	now := s.now()
	it := &Item{ID: id, Owner: owner, Status: Requesting, Created: At(now), TTL: now.Add(keepUngranted).Unix(),
		BodyHash: r.hash(), Lease: s.newLease()}
	mine := it.holds()
	saving, cancel := detached(ctx, saveTime)
	defer cancel()
	err = s.persist(saving, it, s.Store.Create, ErrExists, mine)
	if err == nil {
		return it, nil
	}
	if !errors.Is(err, ErrExists) {
		return nil, storeError(err)
	}
	stored, err := s.Store.Get(ctx, id)
	switch {
	case err != nil:
		return nil, storeError(err)
	case (stored.Status != Requesting || stored.leased(now)) && !bytes.Equal(stored.BodyHash, it.BodyHash):
		return nil, &Error{Code: CodeKeyReused, Detail: "This Idempotency-Key was used for another request. Use a new key for a new grant."}
	case stored.Status != Requesting:
		return stored, nil
	case stored.leased(now):
		return nil, inFlight()
	}
	// The first request was refused, or has crashed: a crash leaves at most a
	// grant that nobody can consent to.
	it.Version = stored.Version
	if err := s.save(saving, it, mine); errors.Is(err, ErrConflict) {
		return nil, inFlight()
	} else if err != nil {
		return nil, storeError(err)
	}
	return it, nil
}

func inFlight() *Error {
	return &Error{Code: CodeInFlight, RetryAfter: 2 * time.Second,
		Detail: "The first request with this Idempotency-Key is still under way. Ask again."}
}

// unreserve lets the same key ask again after a request that was refused.
func (s *Service) unreserve(ctx context.Context, it *Item) {
	it.Lease = nil
	saving, cancel := detached(ctx, saveTime)
	defer cancel()
	if err := s.save(saving, it, it.written()); err != nil {
		s.log().WarnContext(ctx, "an Idempotency-Key stays reserved until its lease is over", slog.String("grant_id", it.ID), slog.Any("error", err))
	}
}
