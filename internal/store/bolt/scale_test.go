package bolt

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/test/storetest"
)

// To measure with a million:
//
//	go test ./internal/store/bolt -run TestScale -items 1000000 -v -timeout 30m
var scale = flag.Int("items", 0, "how many grants TestScale stores; 0: 100,000 with -full, else 4,000")

// A start takes at most 0.2 s, whatever is stored. A write beside a sweep waits for
// at most 50 ms on a quiet machine. On a busy one writes wait for the disk also when
// nothing is swept: so the limit is 400 ms, or 10 times the longest of the
// writes without a sweep. In one transaction the sweep of 100,000 grants took 700 ms.
const (
	maxStart = 200 * time.Millisecond
	maxWrite = 400 * time.Millisecond
	maxRatio = 10

	// MB beside the mapped file. For bbolt keeps the numbers of the free pages in
	// memory, which after a sweep are many, there are some bytes more for each grant.
	maxMemory      = 32
	bytesEachGrant = 64
)

// TestScale: with many grants, half of which are past their TTL, a start takes no
// longer than with few, and a write beside the sweep waits for little.
func TestScale(t *testing.T) {
	if *scale == 0 {
		*scale = 4_000
		if *storetest.Full {
			*scale = 100_000
		}
	}
	path := filepath.Join(t.TempDir(), "grants.db")
	s, err := openUnsynced(path) // what is prepared is not measured
	if err != nil {
		t.Fatal(err)
	}
	s.indexed.Store(false) // as in a file of an older version: the index is made later
	now := time.Now()
	seed(t, s, many(*scale, now))
	if err := errors.Join(s.db.Sync(), s.Close()); err != nil {
		t.Fatal(err)
	}

	debug.FreeOSMemory()
	before, peak := memoryBesideFile(t), 0
	began := time.Now()
	s = open(t, path)
	start := time.Since(began)
	longest, writes := writeUntil(t, s, "written beside", func() bool {
		peak = max(peak, memoryBesideFile(t)-before)
		return s.indexed.Load() && countItems(t, s, expiryBucket) == *scale/4
	})
	swept := time.Since(began)
	alone, _ := writeUntil(t, s, "written alone", func() bool { return time.Since(began) > 2*swept })
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d grants, %d MB: start %v, longest of %d writes beside the sweep %v, without it %v, swept in %v, %d MB of memory beside the file",
		*scale, info.Size()>>20, start, writes, longest, alone, swept, peak)
	if got := countItems(t, s, itemsBucket); got != *scale/2+2 {
		t.Errorf("%d items are left, want %d", got, *scale/2+2)
	}
	if limit := maxMemory + *scale*bytesEachGrant>>20; peak > limit {
		t.Errorf("%d MB of memory beside the file, want at most %d", peak, limit)
	}
	if limit := max(maxWrite, maxRatio*alone); start > maxStart || longest > limit {
		t.Errorf("a start takes %v (at most %v), a write %v (at most %v)", start, maxStart, longest, limit)
	}
}

// many are ordinary grants: half are past their TTL, a quarter will be.
func many(n int, now time.Time) []*grant.Item {
	items := make([]*grant.Item, n)
	for i := range items {
		items[i] = numbered(i)
		switch i % 4 {
		case 0, 1:
			items[i].TTL = now.Unix() - int64(1+i)
		case 2:
			items[i].TTL = now.Unix() + 3600 + int64(i)
		default:
			items[i].Shard, items[i].Due = grant.Shards[i/4%len(grant.Shards)], grant.At(now.Add(-time.Hour))
		}
	}
	return items
}

// numbered is an ordinary grant of almost 1 KB, whose id is as good as random.
func numbered(i int) *grant.Item {
	h := fnv.New128a()
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(i)))
	const wallet = "https://ilp.interledger-test.dev/alice"
	return &grant.Item{
		ID: base64.RawURLEncoding.EncodeToString(h.Sum(nil)), Owner: "123456789012", Status: grant.Granted, Claimed: true, Recurs: true,
		Created: 1795329284000, GrantedAt: 1795329284000, WalletAddress: wallet, ResourceServer: "https://ilp.interledger-test.dev",
		Access: []opclient.Access{{Type: opclient.TypeOutgoingPayment, Actions: []string{"create", "read"}, Identifier: wallet,
			Limits: &opclient.Limits{DebitAmount: &opclient.Amount{Value: "130", AssetCode: "USD", AssetScale: 2}, Interval: "R/2025-04-22T08:00:00Z/P1D"}}},
		ReturnURL: "https://shop.example/thanks?order=7", GrantEndpoint: "https://auth.interledger-test.dev",
		ContinueURI:   "https://auth.interledger-test.dev/continue/6c7f1a3e-2b1d-4a57-9a55-0f2d7a1c9b4e",
		ContinueToken: "E0C2526583090BCE5882", RefHash: h.Sum(h.Sum(nil)), ClaimKey: h.Sum(h.Sum(nil)),
		Token: "E0C2526583090BCE5882", ManageURI: "https://auth.interledger-test.dev/token/6c7f1a3e-2b1d-4a57-9a55-0f2d7a1c9b4e",
		TokenExpires: 1795329284000,
	}
}

// writeUntil updates one item again and again until the work is done.
func writeUntil(t *testing.T, s *Store, id string, done func() bool) (longest time.Duration, writes int) {
	t.Helper()
	it := &grant.Item{ID: id}
	if err := s.Create(storetest.Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	for last := time.Now(); ; {
		began := time.Now()
		if err := s.Update(storetest.Deadline(t), it); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(began))
		writes++
		if time.Since(last) > time.Second {
			if done() {
				return longest, writes
			}
			last = time.Now()
		}
	}
}

func countItems(t *testing.T, s *Store, bucket []byte) (n int) {
	t.Helper()
	if err := s.view(func(tx *bbolt.Tx) error { n = tx.Bucket(bucket).Stats().KeyN; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(map[int]string{1: "1 writer", 8: "8 writers", 64: "64 writers"}[writers], func(b *testing.B) {
			s, err := Open(filepath.Join(b.TempDir(), "grants.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			seed(b, s, many(1000, time.Now().Add(time.Hour)))
			var left atomic.Int64
			left.Store(int64(b.N))
			var all sync.WaitGroup
			b.ResetTimer()
			for w := range writers {
				all.Go(func() {
					it, err := s.Get(storetest.Deadline(b), numbered(w*4+3).ID)
					for err == nil && left.Add(-1) >= 0 {
						it.Token = string(rune('a' + rand.IntN(26)))
						err = s.Update(storetest.Deadline(b), it)
					}
					if err != nil {
						b.Error(err)
					}
				})
			}
			all.Wait()
		})
	}
}
