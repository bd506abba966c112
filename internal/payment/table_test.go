package payment

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/save"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/lifetable"
)

func usd(value string) opclient.Amount {
	return opclient.Amount{Value: value, AssetCode: "USD", AssetScale: 2}
}

func sampleQuote(now time.Time) *grant.Quote {
	return &grant.Quote{ID: "https://wallet.example/quotes/6c7f1a3e-2b1d-4a57-9a55-0f2d7a1c9b4e", Debit: usd("1000"), Receive: usd("1000"),
		Created: grant.At(now), Expires: grant.At(now.Add(5 * time.Minute))}
}

// sample is an item in a state, whose lease, if it has one, is held.
func sample(st state, held *grant.Lease, now time.Time) *Item {
	it := &Item{ID: "id-" + string(st), Version: 1, Owner: "shop", Grant: "grant", Created: grant.At(now), Since: grant.At(now),
		TTL: now.Add(keepPayment).Unix(), List: grant.ListKey("shop", "grant"), Receiver: "https://shop.example/incoming-payments/1",
		Sender: "https://wallet.example/alice", ResourceServer: "https://wallet.example", Quote: sampleQuote(now)}
	switch st {
	case stateNew:
		return &Item{ID: it.ID, Owner: "shop", Grant: "grant"}
	case stateReady:
		it.Status, it.Lease = Processing, held
		it.dueAt(now)
	case stateWithdrawn:
		it.Status, it.List = withdrawn, ""
	case stateSought:
		it.Status, it.Sought = Processing, true
		it.dueAt(now)
	case statePending:
		it.Status = Pending
		it.dueAt(now)
	default:
		it.Status = Status(st)
		if st == stateFailed {
			it.Failure = newFailure(FailureNotMade, "")
		}
	}
	return it
}

// sampleEvents has each event, as the holder of lease would make it; nil: as nobody.
func sampleEvents(held *grant.Lease, now time.Time) []event {
	mine := &grant.Lease{ID: "mine", Until: grant.At(now.Add(time.Minute))}
	e := &evidence{receiver: reading{received: &opclient.Amount{Value: "7", AssetCode: "USD", AssetScale: 2}}}
	f := newFailure(FailureNotPayable, "")
	return []event{
		prepare(&preparation{receiver: "r", quote: sampleQuote(now)}, mine, now), refuse(f, held, now), release(held, now), withdraw(held, now),
		seek(held, now), find(e, held, now), complete(e, held, now), part(e, held, now), fail(f, e, held, now), giveUp(e, held, now),
	}
}

// invariants are what holds of an item in each state, whatever led there.
func invariants(it *Item, now time.Time) (broken []string) {
	must := func(ok bool, what string) {
		if !ok {
			broken = append(broken, what)
		}
	}
	st := it.state()
	must((it.Due != 0) == (it.Shard != ""), "due and shard go together")
	must(it.TTL != 0, "it is not kept for ever")
	switch st {
	case stateReady, stateSought, statePending:
		must(it.Due != 0, "what is not final is due")
	default:
		must(it.Due == 0 && it.Lease == nil, "nobody works on what is final")
	}
	must(st == stateReady || it.Lease == nil, "only who sends holds a lease")
	must(st == stateWithdrawn || it.List != "" && it.TTL >= now.Add(keepPayment).Unix(), "a payment is listed, and kept for 13 months")
	must((st == stateFailed) == (it.Failure != nil), "what has failed says why")
	must(st != stateReady || it.Receiver != "" && it.Quote != nil, "what can be sent has a receiver and a quote")
	return broken
}

func TestEveryStateAndEventAsTheTableSays(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	held := &grant.Lease{ID: "held", Until: grant.At(now.Add(time.Minute))}
	for _, lease := range []*grant.Lease{held, nil} {
		var named []string
		for _, e := range sampleEvents(lease, now) {
			named = append(named, e.name)
			row := rowOf(e)
			for _, st := range states {
				it := sample(st, lease, now)
				if lease != nil && e.name == "prepare" {
					it.Lease = nil
				}
				if got := it.state(); got != st {
					t.Fatalf("the sample of %s is %s", st, got)
				}
				if lease != nil && e.held != nil && st != stateReady {
					it.Lease = lease // whoever holds one may do what the state allows
				}
				before := it.content()
				err := it.become(e)
				allowed := slices.Contains(row.from, st)
				var fault *save.TransitionError
				switch {
				case allowed && err != nil:
					t.Errorf("%s in %s: %v", e.name, st, err)
				case !allowed && (!errors.As(err, &fault) || !bytes.Equal(before, it.content())):
					t.Errorf("%s in %s is allowed, or changes the payment: %v", e.name, st, err)
				case allowed && !slices.Contains(row.to, it.state()):
					t.Errorf("%s in %s leads to %s", e.name, st, it.state())
				case allowed:
					for _, broken := range invariants(it, now) {
						t.Errorf("%s in %s: broken: %s", e.name, st, broken)
					}
				}
			}
		}
		if len(named) != len(transitions) {
			t.Errorf("%d events of %d in the table are tried", len(named), len(transitions))
		}
	}
}

func TestATransitionNeedsTheLeaseOrThatThereIsNone(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	held := &grant.Lease{ID: "held", Until: grant.At(now.Add(time.Minute))}
	anothers := &grant.Lease{ID: "another's", Until: held.Until}
	for _, lease := range []*grant.Lease{held, nil} {
		for _, e := range sampleEvents(lease, now) {
			it := sample(stateReady, anothers, now)
			if e.name == "giveUp" {
				it = sample(statePending, nil, now)
				it.Lease = anothers
			}
			if err := it.become(e); err == nil {
				t.Errorf("%s is made over another's lease", e.name)
			}
		}
	}
}

func TestNothingPreparesAPaymentThatMayHaveBeenSent(t *testing.T) {
	for _, tr := range transitions {
		for _, st := range []state{stateSought, statePending, stateCompleted, statePartial, stateFailed, stateUndecided} {
			if slices.Contains(tr.from, st) && (slices.Contains(tr.to, stateReady) || slices.Contains(tr.to, stateWithdrawn)) {
				t.Errorf("%s leads from %s back to what can be sent", tr.event, st)
			}
		}
	}
}

func TestEveryWriteOfEveryTransitionHasThreeOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		anothers := &Item{ID: "id", Version: 7, Status: Undecided}
		version := func(it *Item) *int64 { return &it.Version }
		for _, e := range sampleEvents(nil, now) {
			row := rowOf(e)
			for _, st := range row.from {
				write := func(store save.Store[Item]) save.Result[Item] {
					ctx, cancel := grant.Begin(t.Context())
					defer cancel()
					return (&Service{Store: store}).change(ctx, sample(st, nil, now), e)
				}
				isAfter := func(it *Item) bool { return slices.Contains(row.to, it.state()) }
				lifetable.MustHaveThreeOutcomes(t, fmt.Sprintf("%s in %s", e.name, st), anothers, version, write, isAfter)
			}
		}
	})
}

// rowOf returns the row of the table of an event.
func rowOf(e event) transition {
	return transitions[slices.IndexFunc(transitions, func(tr transition) bool { return tr.event == e.name })]
}

func TestTheTableIsInTheDocumentation(t *testing.T) {
	page := lifetable.Page[state]{Of: "a payment", Source: "internal/payment", States: states, Intro: "After *unknown* nothing is sent.\n\n" +
		"`ready` and `sought` are shown as `processing`. A `ready` payment may have been sent only if it is in flight in its grant's item. " +
		"For the app there is no `withdrawn` payment."}
	for _, tr := range transitions {
		page.Rows = append(page.Rows, lifetable.Row[state]{Event: tr.event, From: tr.from, To: tr.to, Does: tr.does})
	}
	page.MustBeAt(t, "../../docs/payment-states.md")
}
