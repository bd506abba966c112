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

// idKey is the key of that item. It is read once, and made by the first caller.
type idKey struct {
	mu  sync.Mutex
	key []byte
}

// Warm reads what every idempotent request needs, so that a first one need not.
func (s *Service) Warm(ctx context.Context) error {
	ctx, cancel := Begin(ctx)
	defer cancel()
	_, err := s.readIDKey(ctx)
	return err
}

func (s *Service) readIDKey(ctx context.Context) ([]byte, error) {
	s.idKey.mu.Lock()
	defer s.idKey.mu.Unlock()
	if s.idKey.key != nil {
		return s.idKey.key, nil
	}
	stored, err := s.store().Get(ctx, idKeyItem)
	if errors.Is(err, ErrNotFound) {
		stored = newIDKeyItem(s.random(32), s.now())
		if err = s.store().Create(ctx, stored); errors.Is(err, ErrExists) {
			stored, err = s.store().Get(ctx, idKeyItem)
		}
	}
	if err != nil {
		return nil, err
	}
	s.idKey.key = stored.ClaimKey
	return s.idKey.key, nil
}

// PaymentID returns the one id that the payment of an owner's Idempotency-Key can
// have. It is another than that of the grant with the same key.
func (s *Service) PaymentID(ctx context.Context, owner, key string) (string, error) {
	return s.idFor(ctx, "payment", owner, key)
}

// idFor returns the one id that these parts can have, which nobody can guess: of an
// owner and a key, and before them a label if it is not a grant's.
func (s *Service) idFor(ctx context.Context, parts ...string) (string, error) {
	secret, err := s.readIDKey(ctx)
	if err != nil {
		return "", StoreError(err)
	}
	mac := hmac.New(sha256.New, secret)
	for _, part := range parts {
		sum := sha256.Sum256([]byte(part))
		mac.Write(sum[:])
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16]), nil
}

// hash identifies the request. It is short, so that an item with it still fits
// into 1 KB.
func (r Request) hash() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic("grant: " + err.Error()) // strings, numbers and booleans only
	}
	h := sha256.Sum256(b)
	return h[:16]
}

// reserve takes the lease of an Idempotency-Key's request. What it returns is to
// be asked for, unless it is a grant already: then the lease is nil.
func (s *Service) reserve(ctx context.Context, owner string, r Request) (*Item, *Lease, error) {
	id, err := s.idFor(ctx, owner, r.IdempotencyKey)
	if err != nil {
		return nil, nil, err
	}
	hash := r.hash()
	it := &Item{ID: id}
	for {
		lease := s.newLease()
		w := s.change(ctx, it, reserve(owner, hash, lease, s.now()))
		switch w.Kind {
		case saved:
			return w.Stored, lease, nil
		case unknown:
			return nil, nil, writeError(w.Err)
		case lost:
		}
		if it = w.Stored; it == nil { // deleted a moment ago
			it = &Item{ID: id}
			continue
		}
		if it.state() == stateRequesting && !it.isLeased(s.now()) {
			continue // the first request was refused, or has crashed: that leaves at most a grant that nobody can consent to
		}
		return it, nil, it.checkReplay(hash, s.now())
	}
}

// checkReplay refuses the request with this hash if the item of its Idempotency-Key
// is another request's, or is no grant yet. A nil item is gone.
func (it *Item) checkReplay(hash []byte, now time.Time) error {
	switch {
	case it == nil, it.state() == stateRequesting && !it.isLeased(now):
		return inFlight()
	case !bytes.Equal(it.BodyHash, hash):
		return &Error{Code: CodeKeyReused, Detail: "This Idempotency-Key was used for another request. Use a new key for a new grant."}
	case it.state() == stateRequesting:
		return inFlight()
	}
	return nil
}

func inFlight() *Error {
	return &Error{Code: CodeInFlight, RetryAfter: 2 * time.Second,
		Detail: "The first request with this Idempotency-Key is still under way. Ask again."}
}

// unreserve lets the same key ask again after a request that was refused.
func (s *Service) unreserve(ctx context.Context, it *Item, lease *Lease) {
	w := s.changeHeld(ctx, it, unreserve(lease))
	switch w.Kind {
	case saved, lost:
	case unknown:
		s.log().WarnContext(ctx, "an Idempotency-Key stays reserved until its lease is over", slog.String("grant_id", it.ID), slog.Any("error", w.Err))
	}
}
