package payment

import (
	"testing"

	"github.com/opgrants/opgrants/test/onestate"
)

// oneState is what only the files state*.go may change of a payment.
var oneState = onestate.Package{
	Name: "payment",
	Fields: []string{"Status", "Lease", "Receiver", "Shared", "Open", "Before", "Quote", "Sought", "Outgoing", "Sent", "Received", "Failure",
		"Created", "Since", "List", "Due", "Shard", "TTL"},
	Boundary: []string{"Store", "Wallet"},
}

func TestOnlyTransitionsChangeAPaymentsState(t *testing.T) {
	t.Parallel()
	for _, v := range oneState.Violations(t, onestate.Sources(t)) {
		t.Error(v)
	}
}

func TestAPlantedChangeOfStateIsFound(t *testing.T) {
	t.Parallel()
	oneState.FindPlanted(t, map[string]string{
		`it.Status = Completed`:                        "assigns Item.Status",
		`it.Sought, x = false, 1`:                      "assigns Item.Sought",
		`it.Lease.Until = 0`:                           "assigns Item.Lease",
		`it.Due++`:                                     "assigns Item.Due",
		`it.Quote.ID = "another"`:                      "assigns Item.Quote",
		`for _, it.Receiver = range []string{"a"} { }`: "assigns Item.Receiver",
		`(*it).Shared = true`:                          "assigns Item.Shared",
		`p := &it.Failure; _ = p`:                      "takes the address of Item.Failure",
		`*it = *other`:                                 "assigns a whole Item",
		`c := *it; _ = c`:                              "copies an Item",
		`var c = *it; _ = c`:                           "copies an Item",
		`f := func(Item) {}; f(*it)`:                   "copies an Item",
		`_ = &Item{ID: "x", Status: Failed}`:           "builds an Item with Status",
		`_ = []Item{*it}`:                              "copies an Item",
		`_ = []Item{{Lease: nil}}`:                     "builds an Item with Lease",
		`s.change(ctx, it, giveUp(nil, nil, now))`:     "ignores how a write ended",
		`_ = s.change(ctx, it, giveUp(nil, nil, now))`: "does not handle all three outcomes of a write",
		`w := s.change(ctx, it, giveUp(nil, nil, now)); if w.Kind == saved { return }`:            "does not handle all three outcomes of a write",
		`w := s.change(ctx, it, giveUp(nil, nil, now)); switch w.Kind { case saved: case lost: }`: "does not handle all three outcomes of a write",
		`if w := s.change(ctx, it, giveUp(nil, nil, now)); w.Kind == saved { return }`:            "ignores how a write ended",
		`_ = time.Since(now)`:             "reads another clock than the service's",
		`s.Store.Update(ctx, it)`:         "calls Store past its deadline check",
		`s.Wallet.WalletAddress(ctx, "")`: "calls Wallet past its deadline check",
	})
}
