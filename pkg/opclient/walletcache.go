package opclient

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// defaultFresh is how long a wallet address is kept whose headers say nothing.
	// Documents rarely change (OpenAPI, get-wallet-address), and RFC 9111 section
	// 4.2.2 leaves the time to us.
	defaultFresh = time.Minute
	// maxFresh limits what headers say, as a wallet may move to another server.
	maxFresh = 24 * time.Hour
	// maxCacheBytes limits the memory of the cache. An entry takes about 600 bytes,
	// and no more than about 20 KB.
	maxCacheBytes = 1 << 20
	// entryOverhead is the memory of an entry beside its texts.
	entryOverhead = 300
)

// A walletCache keeps wallet addresses under the URL that was asked for. It uses
// the wall clock, as the process may be frozen in between.
type walletCache struct {
	mu      sync.Mutex
	entries map[string]walletEntry
	bytes   int // of all entries
}

type walletEntry struct {
	wallet  WalletAddress
	expires time.Time
	bytes   int
}

// get returns a copy, or nil.
func (c *walletCache) get(address string, now time.Time) *WalletAddress {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.entries[address] // an address that is not there has expired
	if !now.Round(0).Before(entry.expires) {
		return nil
	}
	return &entry.wallet
}

func (c *walletCache) put(address string, w *WalletAddress, now time.Time, fresh time.Duration) {
	if fresh <= 0 {
		return
	}
	now = now.Round(0)
	entry := walletEntry{*w, now.Add(fresh), entryOverhead + len(address) + len(w.ID) + len(w.PublicName) +
		len(w.AssetCode) + len(w.AuthServer) + len(w.ResourceServer)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[string]walletEntry{}
	}
	c.drop(address)
	c.makeRoom(entry.bytes, now)
	c.entries[address] = entry
	c.bytes += entry.bytes
}

// makeRoom drops what has expired, then anything, until n bytes fit. c.mu is held.
func (c *walletCache) makeRoom(n int, now time.Time) {
	if c.bytes+n <= maxCacheBytes {
		return
	}
	for address, entry := range c.entries {
		if !now.Before(entry.expires) {
			c.drop(address)
		}
	}
	for address := range c.entries {
		if c.bytes+n <= maxCacheBytes {
			return
		}
		c.drop(address)
	}
}

// drop removes an entry, if it is there. c.mu is held.
func (c *walletCache) drop(address string) {
	c.bytes -= c.entries[address].bytes
	delete(c.entries, address)
}

// freshness is how long an answer may be kept (RFC 9111 sections 4.2 and 5.2.2).
func freshness(h http.Header, now time.Time) time.Duration {
	fresh, told := defaultFresh, false
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			// 0 if it cannot be read ("treat the response as stale": section 4.2.1),
			// 2^31-1 if it is larger (section 1.2.2)
			seconds, _ := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			fresh, told = time.Duration(seconds)*time.Second, true
		}
	}
	if expires := h.Get("Expires"); expires != "" && !told {
		at, _ := http.ParseTime(expires) // what cannot be read is long ago
		fresh = at.Sub(now)
	}
	age, _ := strconv.ParseUint(h.Get("Age"), 10, 31)
	return max(0, fresh-time.Duration(age)*time.Second)
}
