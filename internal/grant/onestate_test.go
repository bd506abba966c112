package grant

import (
	"testing"

	"github.com/opgrants/opgrants/test/onestate"
)

// oneState is what only the files state*.go may change of a grant.
var oneState = onestate.Package{
	Name: "grant",
	Fields: []string{"Status", "Ending", "Lease", "Claimed", "Token", "TokenMade", "TokenExpires", "ManageURI", "Failure",
		"Due", "Shard", "TTL", "Flight", "Fronted", "Unconfirmed", "Failures"},
	Boundary: []string{"Store", "Server"},
}

func TestOnlyTransitionsChangeAGrantsState(t *testing.T) {
	t.Parallel()
	for _, v := range oneState.Violations(t, onestate.Sources(t)) {
		t.Error(v)
	}
}

func TestAPlantedChangeOfStateIsFound(t *testing.T) {
	t.Parallel()
	oneState.FindPlanted(t, map[string]string{
		`it.Status = Granted`:                       "assigns Item.Status",
		`it.Ending, x = Revoked, 1`:                 "assigns Item.Ending",
		`it.Lease.Until = 0`:                        "assigns Lease.Until",
		`it.Due++`:                                  "assigns Item.Due",
		`for _, it.Token = range []string{"a"} { }`: "assigns Item.Token",
		`(*it).Claimed = true`:                      "assigns Item.Claimed",
		`l := it.Lease; l.Until = 0`:                "assigns Lease.Until",
		`p := &it.Failure; _ = p`:                   "takes the address of Item.Failure",
		`*it = *other`:                              "assigns a whole Item",
		`c := *it; _ = c`:                           "copies an Item",
		`var c = *it; _ = c`:                        "copies an Item",
		`f := func(Item) {}; f(*it)`:                "copies an Item",
		`_ = &Item{ID: "x", Status: Granted}`:       "builds an Item with Status",
		`_ = []Item{*it}`:                           "copies an Item",
		`_ = []Item{{Lease: nil}}`:                  "builds an Item with Lease",
		`_ = &Lease{ID: "x"}`:                       "builds a Lease",
		`s.change(ctx, it, claim(now))`:             "ignores how a write ended",
		`_ = s.change(ctx, it, claim(now))`:         "does not handle all three outcomes of a write",
		`w := s.change(ctx, it, claim(now)); if w.Kind == saved { return }`:            "does not handle all three outcomes of a write",
		`w := s.change(ctx, it, claim(now)); switch w.Kind { case saved: case lost: }`: "does not handle all three outcomes of a write",
		`if w := s.change(ctx, it, claim(now)); w.Kind == saved { return }`:            "ignores how a write ended",
		`_ = time.Since(now)`:                     "reads another clock than the service's",
		`s.Store.Update(ctx, it)`:                 "calls Store past its deadline check",
		`s.Server.Cancel(ctx, it.continuation())`: "calls Server past its deadline check",
	})
}
