package model

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/faults/world"
)

// stores are the stores of grants, by name.
var stores = map[string]func(t *testing.T) grant.Store{
	"memory": func(*testing.T) grant.Store { return &memory{items: map[string]*grant.Item{}} },
	"bolt": func(t *testing.T) grant.Store {
		s, err := bolt.Open(filepath.Join(t.TempDir(), "grants.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	},
}

// TestHistories compares the service with the model in random histories. rapid
// prints the seed of one that fails, after it has made it as short as it can.
func TestHistories(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, histories, began := open(t), 0, time.Now()
			rapid.Check(t, func(t *rapid.T) { histories++; history(t, store) })
			t.Logf("%s: %d histories, %.0f per second", name, histories, float64(histories)/time.Since(began).Seconds())
		})
	}
}

// faultsOfStore are what can go wrong with a call of the store in the model.
var faultsOfStore = []string{"error before", "error after", "timeout before", "timeout after", "down before", "down after", "another before", "another after"}

// faultsOfWallet are those of a wallet that cost no time.
var faultsOfWallet = quickFaults()

func quickFaults() map[string]sandbox.Fault {
	all := sandbox.Faults()
	maps.DeleteFunc(all, func(_ string, f sandbox.Fault) bool { return f.Hang || f.Status == 103 })
	return all
}

var keys atomic.Int64

func history(t *rapid.T, store grant.Store) {
	w, err := world.New(world.Config{Store: store, Raw: store, Work: 2 * time.Millisecond, Broken: func(rule string) { t.Error(rule) }})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	body := rapid.SampledFrom([]string{world.OneOff, world.Monthly}).Draw(t, "grant")
	m := &model{Session: w.NewSession(body), t: t, sends: 1}
	if rapid.Bool().Draw(t, "with a key") {
		m.Key = fmt.Sprintf("key-%d", keys.Add(1)) // a new one also when a history is repeated
	}
	m.request()
	m.decide(rapid.IntRange(0, 9).Draw(t, "accepts") > 0)
	t.Repeat(map[string]func(*rapid.T){
		"alone": func(t *rapid.T) { m.alone(drawStep(t, "step")) },
		"with a fault of the store": func(t *rapid.T) {
			s := drawStep(t, "step")
			kind := rapid.SampledFrom(faultsOfStore).Draw(t, "fault")
			m.failing(s, rapid.IntRange(1, 5).Draw(t, "call"), kind, drawStep(t, "other"))
		},
		"with a fault of the wallet": func(t *rapid.T) {
			s := drawStep(t, "step")
			kind := rapid.SampledFrom(slices.Sorted(maps.Keys(faultsOfWallet))).Draw(t, "fault")
			m.walletFails(s, rapid.IntRange(1, 3).Draw(t, "call"), kind, faultsOfWallet[kind])
		},
		"together": func(t *rapid.T) {
			m.together(drawStep(t, "one"), drawStep(t, "two"), drawStep(t, "three"))
		},
		"time passes": func(t *rapid.T) {
			m.pass(rapid.SampledFrom([]time.Duration{time.Second, world.Lease, 6 * time.Minute, time.Hour, 20 * day}).Draw(t, "time"))
		},
		"taken back at the wallet": func(t *rapid.T) {
			if m.status == "granted" && rapid.IntRange(0, 4).Draw(t, "really") == 0 {
				m.RevokeAtWallet()
				m.back = true
			}
		},
		"": func(t *rapid.T) { m.t = t },
	})
	m.t = t
	m.check()
}
