package grant

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// What package payment needs of a grant to pay from it. The items that these
// methods return are for reading.

// Owned returns the owner's grant, and touches nothing.
func (s *Service) Owned(ctx context.Context, owner, id string) (*Item, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	return s.getOwned(ctx, owner, id)
}

// Payable returns the grant with a token that works. It claims the grant with the
// code if nobody has yet, and rotates the token if need be. refused is a token that
// the resource server did not accept; "": none.
func (s *Service) Payable(ctx context.Context, it *Item, code, refused string) (*Item, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	return s.withToken(ctx, it, refused, func(it *Item) (*Item, error) { return s.usable(ctx, it, code) })
}

// Looking returns the grant with a token to look for its payments with, which also
// a grant has that ends once its payment in flight is known.
func (s *Service) Looking(ctx context.Context, id, refused string) (*Item, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	it, err := s.get(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.withToken(ctx, it, refused, func(it *Item) (*Item, error) {
		if st := it.state(); st != statePaying && st != stateClaimed && st != stateRotating {
			return nil, &Error{Code: CodeRevoked, Detail: "The grant has ended."}
		}
		return it, nil
	})
}

// A BeginResult says whether a payment may be sent.
type BeginResult int

// The zero value is no result.
const (
	_            BeginResult = iota
	Begun                    // the payment is saved with the grant: it may be sent
	NotFree                  // another payment is in flight, or is that of the checkout
	BegunBefore              // this payment was begun before: it may have been sent
	NotPayable               // the grant is ending, or was not claimed
	BeginUnknown             // the store could not be asked: it may be saved
)

// BeginPayment saves with the grant that a payment may be sent from now on, on the
// condition that the grant is claimed and not ending, and has no other payment in
// flight. The payment may be sent only after [Begun]. The grant it was returned
// by [Service.Payable]. The item that BeginPayment returns is what is stored now.
func (s *Service) BeginPayment(ctx context.Context, it *Item, f Flight) (BeginResult, *Item, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	payment, until := it.checkoutPayment(), s.now().Add(longestTurn)
	for {
		switch {
		case it.Flight != nil && it.Flight.Lease == f.Lease: // a write of ours, whose answer was lost
			return Begun, it, nil
		case it.Flight != nil && it.Flight.Payment == f.Payment:
			return BegunBefore, it, nil
		case it.Flight != nil, it.checkoutPayment() != payment:
			return NotFree, it, nil
		case it.state() != stateClaimed && it.state() != stateRotating:
			return NotPayable, it, it.mayHandOut(At(s.now()))
		case it.isLeased(s.now()), it.state() == stateRotating:
			if !s.now().Before(until) || !it.isLeased(s.now()) {
				return NotPayable, it, &Error{Code: CodeBusy, RetryAfter: 2 * time.Second, Detail: "The token is being renewed. Ask again."}
			}
			read, err := s.readAfter(ctx, it.ID, look)
			if err != nil {
				return NotPayable, it, err
			}
			it = read
			continue
		}
		w := s.change(ctx, it, beginPayment(&f, s.now()))
		switch w.Kind {
		case saved:
			return Begun, w.Stored, nil
		case unknown:
			return BeginUnknown, nil, writeError(w.Err)
		case lost:
			if it = w.Stored; it == nil {
				return NotPayable, nil, NotFound()
			}
		}
	}
}

func (it *Item) checkoutPayment() string {
	if it.Checkout == nil {
		return ""
	}
	return it.Checkout.Payment
}

// FinishPayment saves that the payment is no longer in flight: its outcome is known and
// saved, or it was not sent. made: the wallet has it, or may have it. It writes
// nothing if that is not the payment in flight. A grant that waited for it to end is
// due now.
func (s *Service) FinishPayment(ctx context.Context, id, payment string, made bool) error {
	ctx, cancel := Begin(ctx)
	defer cancel()
	it, err := s.store().Get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return StoreError(err)
	}
	_, err = s.finishPayment(ctx, it, payment, made)
	return err
}

// FinishItemPayment is [Service.FinishPayment] for a grant that was read a moment ago. It returns the
// grant as it is stored then.
func (s *Service) FinishItemPayment(ctx context.Context, it *Item, payment string, made bool) (*Item, error) {
	ctx, cancel := Begin(ctx)
	defer cancel()
	return s.finishPayment(ctx, it, payment, made)
}

func (s *Service) finishPayment(ctx context.Context, it *Item, payment string, made bool) (*Item, error) {
	// A version without payments can have ended a grant beside one: then nothing waits.
	for it != nil && it.Flight != nil && it.Flight.Payment == payment && it.state() != stateEnded {
		w := s.change(ctx, it, finishPayment(made, s.now()))
		switch w.Kind {
		case saved:
			s.log().InfoContext(ctx, "payment no longer in flight", slog.String("grant_id", w.Stored.ID), slog.String("payment_id", payment))
			return w.Stored, nil
		case lost:
			it = w.Stored
		case unknown:
			return nil, writeError(w.Err)
		}
	}
	return it, nil
}
