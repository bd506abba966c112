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
	// Documents are slow changing (OpenAPI, get-wallet-address), and RFC 9111
	// section 4.2.2 leaves the time to us.
	defaultFresh = time.Minute
	// maxFresh bounds what headers say, as a wallet may move to another server.
	maxFresh = 24 * time.Hour
	// maxWallets bounds the cache to well under 1 MB.
	maxWallets = 1000
)

// A walletCache keeps wallet addresses under the URL that was asked. It goes by
// wall clock, as the process may be frozen meanwhile.
type walletCache struct {
	mu      sync.Mutex
	entries map[string]walletEntry
}

type walletEntry struct {
	wallet  WalletAddress
	expires time.Time
}

// get returns a copy, or nil.
func (c *walletCache) get(address string, now time.Time) *WalletAddress {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, ok := c.entries[address]
	if !ok || !now.Round(0).Before(entry.expires) {
		return nil
	}
	return &entry.wallet
}

func (c *walletCache) put(address string, w *WalletAddress, now time.Time, fresh time.Duration) {
	if fresh <= 0 {
		return
	}
	now = now.Round(0)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[string]walletEntry{}
	}
	if len(c.entries) >= maxWallets {
		c.makeRoom(now)
	}
	c.entries[address] = walletEntry{*w, now.Add(fresh)}
}

// makeRoom drops what has expired, or else any one. c.mu is held.
func (c *walletCache) makeRoom(now time.Time) {
	for address, entry := range c.entries {
		if !now.Before(entry.expires) {
			delete(c.entries, address)
		}
	}
	for address := range c.entries {
		if len(c.entries) < maxWallets {
			return
		}
		delete(c.entries, address)
	}
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
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err != nil { // "treat the response as stale": section 4.2.1
				return 0
			}
			fresh, told = time.Duration(seconds)*time.Second, true
		}
	}
	if expires := h.Get("Expires"); expires != "" && !told {
		at, err := http.ParseTime(expires)
		if err != nil {
			return 0
		}
		fresh = at.Sub(now)
	}
	if age, err := strconv.ParseUint(h.Get("Age"), 10, 31); err == nil {
		fresh -= time.Duration(age) * time.Second
	}
	return max(0, fresh)
}
