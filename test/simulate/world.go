package simulate

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/opgrants/opgrants/internal/schedule"
)

// The life of a token, as wallets and this service have it.
const (
	forgotten = 30 * 24 * time.Hour // after its token was made, a wallet forgets the grant
	renewal   = 20 * 24 * time.Hour // after which a token is due to be rotated, less the jitter
	jitter    = 24 * time.Hour
)

var (
	epoch    = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	errStore = errors.New("the store does not answer")
)

// A span is a part of the simulated time.
type span struct{ from, to time.Duration }

func (s span) has(t time.Duration) bool { return s.from <= t && t < s.to }

// A world is a store and its wallets: a calendar of due times in seconds, and
// hosts some of which do not answer for a while. It has one caller at a time.
type world struct {
	clock  time.Duration // since epoch
	due    []uint32      // of each grant, in seconds; 0: lost
	made   []uint32      // when its token was made
	host   []uint16
	silent []span // of each host, when it does not answer
	outage span   // when the store does not answer

	wheel    [shards][][]uint32 // ids by the minute of their due time
	breakers map[string]schedule.Breaker
	names    []string
	index    map[string]uint16
	seed     uint64
	costs    costs
	report   report
}

const shards = 8

// newWorld makes n grants, whose tokens are as old as they are in the long run.
// Half of the grants are at host 0, the others are spread over the rest.
func newWorld(n, hosts int, length time.Duration) *world {
	w := &world{due: make([]uint32, n), made: make([]uint32, n), host: make([]uint16, n), silent: make([]span, hosts),
		breakers: map[string]schedule.Breaker{}, names: make([]string, hosts), index: map[string]uint16{}, seed: 1}
	minutes := int((length + 2*renewal) / time.Minute)
	for s := range w.wheel {
		w.wheel[s] = make([][]uint32, minutes)
	}
	for h := range hosts {
		w.names[h] = "wallet-" + strconv.Itoa(h) + ".example"
		w.index[w.names[h]] = uint16(h)
	}
	w.clock = renewal // so that no time is before the epoch
	w.report.perHost = make([]uint32, hosts)
	for id := range n {
		if id%2 == 1 {
			w.host[id] = uint16(1 + w.random()%uint64(hosts-1)) //nolint:gosec // hosts is positive
		}
		age := time.Duration(w.random() % uint64(renewal-jitter))
		w.made[id] = seconds(w.clock - age)
		w.enter(uint32(id), w.clock-age+renewal-w.someJitter())
	}
	return w
}

func seconds(d time.Duration) uint32 { return uint32(d / time.Second) } //nolint:gosec // years fit

// random is a small generator (splitmix64), the same in each run.
func (w *world) random() uint64 {
	w.seed += 0x9e3779b97f4a7c15
	z := w.seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (w *world) someJitter() time.Duration { return time.Duration(w.random() % uint64(jitter)) }

func (w *world) now() time.Time { return epoch.Add(w.clock) }

// enter gives a grant a due time.
func (w *world) enter(id uint32, at time.Duration) {
	w.due[id] = seconds(at)
	wheel := w.wheel[id%shards]
	minute := min(int(at/time.Minute), len(wheel)-1)
	wheel[minute] = append(wheel[minute], id)
}

// Shards are the eight of the stores.
func (w *world) Shards() []string { return []string{"0", "1", "2", "3", "4", "5", "6", "7"} }

// Due reads the wheel minute by minute. An id whose due time has moved on since
// is taken off.
func (w *world) Due(_ context.Context, shard string, now time.Time, limit int) ([]schedule.Entry, error) {
	w.costs.queries++
	if w.outage.has(w.clock) {
		return nil, errStore
	}
	var entries []schedule.Entry
	wheel := w.wheel[shard[0]-'0']
	last := int(now.Sub(epoch) / time.Minute)
	for minute := w.report.first(shard, wheel, last); minute <= last && len(entries) < limit; minute++ {
		kept := wheel[minute][:0]
		for _, id := range wheel[minute] {
			if int(w.due[id]/60) != minute {
				continue
			}
			kept = append(kept, id)
			if len(entries) < limit {
				entries = append(entries, schedule.Entry{ID: strconv.Itoa(int(id)), Due: epoch.Add(time.Duration(w.due[id]) * time.Second)})
			}
		}
		if wheel[minute] = kept; len(kept) == 0 {
			wheel[minute] = nil
		}
	}
	return entries, nil
}

// Move is one conditional write.
func (w *world) Move(_ context.Context, e schedule.Entry, to time.Time) (string, bool, error) {
	w.costs.moves++
	if w.outage.has(w.clock) {
		return "", false, errStore
	}
	id, _ := strconv.Atoi(e.ID)
	if w.due[id] != seconds(e.Due.Sub(epoch)) {
		return "", false, nil
	}
	w.enter(uint32(id), to.Sub(epoch)) //nolint:gosec // it is an index of w.due
	return w.names[w.host[id]], true, nil
}

// Breaker reads what is stored of a host.
func (w *world) Breaker(_ context.Context, host string) (*schedule.Breaker, error) {
	w.costs.breakerReads++
	if w.outage.has(w.clock) {
		return nil, errStore
	}
	b := w.breakers[host]
	b.Host = host
	return &b, nil
}

// SaveBreaker is a compare-and-swap.
func (w *world) SaveBreaker(_ context.Context, b *schedule.Breaker, _ time.Time) error {
	w.costs.breakerWrites++
	if w.outage.has(w.clock) {
		return errStore
	}
	if w.breakers[b.Host].Version != b.Version {
		return schedule.ErrConflict
	}
	b.Version++
	w.breakers[b.Host] = *b
	return nil
}

// Do rotates a token, as the wallets let it.
func (w *world) Do(_ context.Context, t schedule.Task) (schedule.Result, time.Duration) {
	w.costs.tasks++
	if w.outage.has(w.clock) {
		return schedule.StoreFailed, 0
	}
	id, _ := strconv.Atoi(t.ID)
	h := w.host[id]
	if int64(w.due[id]) != t.Due/1000-epoch.Unix() {
		return schedule.Void, 0
	}
	w.report.perHost[h]++
	if w.silent[h].has(w.clock) {
		w.costs.failures++
		w.report.deadCalls++
		return schedule.HostFailed, 0
	}
	if age := w.clock - time.Duration(w.made[id])*time.Second; age > forgotten {
		w.report.lost++
		w.due[id] = 0
		return schedule.Done, 0
	}
	w.report.rotated(t.Late, w.clock, h != 0 && w.silent[h] == span{}, w.outage)
	w.costs.rotations++
	w.made[id] = seconds(w.clock)
	w.enter(uint32(id), w.clock+renewal-w.someJitter()) //nolint:gosec // it is an index of w.due
	return schedule.Done, 0
}
