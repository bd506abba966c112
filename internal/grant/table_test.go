package grant

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/save"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/lifetable"
)

// sample is an item in a state, whose lease, if it has one, is held.
func sample(st state, held *Lease, now time.Time) *Item {
	it := &Item{ID: "id-" + string(st), Version: 1, Owner: "shop", Created: At(now), ReturnURL: "https://shop.example/", ClaimKey: []byte("k"),
		ContinueURI: "https://auth.example/continue/1", ContinueToken: "kt", ConsentExpires: At(now.Add(time.Minute))}
	ended := func() { it.ContinueURI, it.ContinueToken, it.TTL = "", "", now.Add(keepEnded).Unix() }
	switch st {
	case stateNew:
		return &Item{ID: it.ID}
	case stateRequesting:
		return &Item{ID: it.ID, Version: 1, Status: Requesting, Lease: held}
	case statePending:
		it.Status = Pending
	case stateHinted:
		it.Status = Rejected
	case stateProcessing:
		it.Status, it.Lease, it.RefHash = Processing, held, refHash("ref")
	case stateRejected:
		it.Status, it.RefHash = Rejected, refHash("ref")
	case stateGranted, stateClaimed, stateRotating:
		it.Status, it.GrantedAt, it.RefHash = Granted, At(now), refHash("ref")
		it.Token, it.ManageURI, it.TokenMade, it.TokenExpires = "t", "https://auth.example/token/1", At(now), At(now.Add(time.Hour))
		it.Claimed = st != stateGranted
		if st == stateRotating {
			it.Lease = held
		}
		it.schedule()
	case statePaying:
		it.Status, it.Ending, it.Lease, it.Claimed = Granted, Failed, held, true
		it.Token, it.ManageURI, it.TokenMade, it.TokenExpires = "t", "https://auth.example/token/1", At(now), At(now.Add(time.Hour))
		it.Flight = &Flight{Payment: "p", Quote: "q", Lease: "pl", Until: At(now.Add(time.Hour))}
		it.dueAt(it.Flight.Until.Time())
	case stateEnding:
		it.Status, it.Ending, it.Lease = Pending, Revoked, held
		it.dueAt(now)
	case stateEnded:
		it.Status = Revoked
		ended()
	}
	return it
}

// sampleEvents has each event, as the holder of lease would make it.
func sampleEvents(held *Lease, now time.Time) []event {
	answer := &opclient.Grant{Continue: opclient.Continue{URI: "https://auth.example/continue/1", Token: "kt"},
		Interact: &opclient.Interact{Redirect: "https://auth.example/interact"},
		Token:    &opclient.Token{Value: "new", Manage: "https://auth.example/token/2", ExpiresAt: now.Add(10 * time.Minute)}}
	mine := &Lease{ID: "mine", Until: At(now.Add(time.Minute))}
	pended := pend(answer, held, now)
	pended.held = nil // without a reservation there is none
	again := rotate(mine, now)
	again.own = held
	reserved := reserve("shop", []byte("h"), mine, now)
	reserved.own = held
	return []event{
		reserved, unreserve(held), pended, disown(answer.Continue, now), process("ref", mine, now),
		release(held, false, time.Second, now), grant(answer, held, now), deny(held, now), reject(now), claim(now), again,
		freely(beginPayment(&Flight{Payment: "p"}, now), held), finishPayment(true, now), abandonPayment(mine, held, now),
		renew(answer.Token, held, now), putBack(held, true, true, now), end(Failed, newFailure(FailureRefused), mine, held, now), revoke(nil, now),
		take(mine, held, now), postpone(held, true, now), retry(now), closeGrant(held, now), freely(forget(now), held), reopen(answer.Continue, now),
	}
}

// rowOf returns the row of the table of an event.
func rowOf(e event) transition {
	return transitions[slices.IndexFunc(transitions, func(tr transition) bool { return tr.event == e.name })]
}

func freely(e event, own *Lease) event { e.own = own; return e }

// invariants are what holds of an item in each state, whatever led there.
func invariants(it *Item, now time.Time) (broken []string) {
	must := func(ok bool, what string) {
		if !ok {
			broken = append(broken, what)
		}
	}
	st := it.state()
	must((it.Due != 0) == (it.Shard != ""), "due and shard go together")
	switch st {
	case stateEnding:
		must(it.Due != 0, "an end that is owed is due")
		must(it.TTL == 0, "an end that is owed is not deleted")
		must(it.ContinueURI != "", "an end that is owed can be cancelled")
	case statePaying:
		must(it.Due != 0 && !it.Due.Time().Before(it.Flight.Until.Time()), "an end that waits for a payment is due after it")
		must(it.TTL == 0, "an end that waits for a payment is not deleted")
		must(it.Token != "", "the payment can be looked for")
		must(it.Ending != "", "it ends")
	case stateEnded:
		must(it.Token+it.ManageURI+it.ContinueToken+it.ConsentURL == "" && it.Lease == nil, "nothing that works is kept")
		must(it.TTL == now.Add(keepEnded).Unix() && it.Due == 0, "what has ended is kept for 30 days")
	case statePending, stateHinted, stateRejected, stateGranted, stateClaimed:
		must(it.Lease == nil, "nobody works on it")
	case stateProcessing, stateRotating:
		must(it.Lease != nil, "somebody works on it")
	}
	must(st != stateGranted || it.Due != 0 && it.TTL == 0, "a grant that nobody claimed is due")
	must(it.Token == "" || slices.Contains([]state{stateGranted, stateClaimed, stateRotating, statePaying, stateEnding}, st), "only a grant in use has a token")
	return broken
}

func TestEveryStateAndEventAsTheTableSays(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	held := &Lease{ID: "held", Until: At(now.Add(time.Minute))}
	var named []string
	for _, e := range sampleEvents(held, now) {
		named = append(named, e.name)
		row := rowOf(e)
		for _, st := range states {
			it := sample(st, held, now)
			if got := it.state(); got != st {
				t.Fatalf("the sample of %s is %s", st, got)
			}
			before := it.content()
			err := it.become(e)
			allowed := slices.Contains(row.from, st)
			var fault *save.TransitionError
			switch {
			case allowed && err != nil:
				t.Errorf("%s in %s: %v", e.name, st, err)
			case !allowed && (!errors.As(err, &fault) || !bytes.Equal(before, it.content())):
				t.Errorf("%s in %s is allowed, or changes the grant: %v", e.name, st, err)
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

func TestATransitionUnderALeaseNeedsThatLease(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	held := &Lease{ID: "held", Until: At(now.Add(time.Minute))}
	anothers := &Lease{ID: "another's", Until: held.Until}
	overAnyLease := []string{"revoke", "reopen", "disown", "pend", "finishPayment", "retry"}
	for _, e := range sampleEvents(held, now) {
		if slices.Contains(overAnyLease, e.name) {
			continue
		}
		row := rowOf(e)
		for _, st := range row.from {
			it := sample(st, anothers, now)
			if it.Lease == nil {
				continue
			}
			if err := it.become(e); err == nil {
				t.Errorf("%s in %s is made over another's lease", e.name, st)
			}
		}
	}
}

func newShelf(outcome save.Kind) *lifetable.Shelf[Item] {
	return &lifetable.Shelf[Item]{Outcome: outcome, Version: version}
}

func version(it *Item) *int64 { return &it.Version }

func TestEveryWriteOfEveryTransitionHasThreeOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		held := &Lease{ID: "held", Until: At(now.Add(time.Hour))}
		anothers := &Item{ID: "id", Version: 7, Status: Revoked}
		for _, e := range sampleEvents(held, now) {
			row := rowOf(e)
			for _, st := range row.from {
				write := func(store save.Store[Item]) save.Result[Item] {
					ctx, cancel := Begin(t.Context())
					defer cancel()
					return (&Service{Store: store}).change(ctx, sample(st, held, now), e)
				}
				isAfter := func(it *Item) bool { return slices.Contains(row.to, it.state()) }
				lifetable.MustHaveThreeOutcomes(t, fmt.Sprintf("%s in %s", e.name, st), anothers, version, write, isAfter)
			}
		}
	})
}

// DELETE takes the lease in the write that says that it was asked, if nobody else
// holds it.
func TestDELETETakesTheLeaseOnlyIfItIsFree(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	mine := &Lease{ID: "mine", Until: At(now.Add(time.Minute))}
	for _, st := range []state{statePending, stateProcessing, stateClaimed, stateRotating, stateEnding} {
		for _, left := range []time.Duration{time.Minute, -time.Minute} {
			it := sample(st, &Lease{ID: "another's", Until: At(now.Add(left))}, now)
			it.Ending = ""
			if st == stateEnding {
				it.Ending = Failed
			}
			held := it.isLeased(now)
			err := it.become(it.takeToCancel(mine, now))
			if (err != nil) != held || !held && (it.Ending != Revoked || !it.holds(mine)) {
				t.Errorf("%s, leased %v: ending %q, lease %v: %v", st, held, it.Ending, it.Lease, err)
			}
		}
	}
}

func TestATransitionThatIsNotAllowedWritesNothingAndIsAFault(t *testing.T) {
	now := time.Now()
	var log bytes.Buffer
	shelf := newShelf(saved)
	s := &Service{Store: shelf, Log: newTextLog(&log)}
	ctx, cancel := Begin(t.Context())
	defer cancel()
	w := s.change(ctx, sample(stateEnded, nil, now), claim(now))
	var fault *save.TransitionError
	if w.Kind != unknown || !errors.As(writeError(w.Err), &fault) || shelf.Stored != nil || !strings.Contains(log.String(), "fault") {
		t.Errorf("%+v, log %s", w, &log)
	}
}

func TestTheTableIsInTheDocumentation(t *testing.T) {
	page := lifetable.Page[state]{Of: "a grant", Source: "internal/grant", States: states, Intro: "After *unknown* nothing is cancelled at the wallet, " +
		"and the lease stays: whoever touches the grant after it settles the matter.\n\n" +
		"`rejected?` is a hint of the browser that nothing authenticates; the API shows it as `rejected`. " +
		"`granted`, `claimed` and `rotating` are shown as `granted`. `paying` and `ending` are shown as the status before, with `failure`. " +
		"`ended` is `failed`, `revoked`, `expired` or `rejected`."}
	for _, tr := range transitions {
		page.Rows = append(page.Rows, lifetable.Row[state]{Event: tr.event, From: tr.from, To: tr.to, Does: tr.does})
	}
	page.MustBeAt(t, "../../docs/grant-states.md")
}

func TestAGrantInFlightTakesNoOtherPayment(t *testing.T) {
	now := time.Now()
	it := sample(stateClaimed, nil, now)
	if err := it.become(beginPayment(&Flight{Payment: "p1"}, now)); err != nil {
		t.Fatal(err)
	}
	var fault *save.TransitionError
	if err := it.become(beginPayment(&Flight{Payment: "p2"}, now)); !errors.As(err, &fault) || it.Flight.Payment != "p1" {
		t.Errorf("%v, in flight is %s", err, it.Flight.Payment)
	}
}
