package opclient

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestWalletAddressesAreKeptAsTheirHeadersAllow(t *testing.T) {
	const date = "Thu, 01 Jan 2026 00:10:00 GMT" // ten minutes after start
	for name, c := range map[string]struct {
		headers string
		keep    time.Duration
	}{
		"none":                           {"", time.Minute},
		"max-age":                        {"Cache-Control: public, max-age=300\n", 5 * time.Minute},
		"max-age in quotes and capitals": {"Cache-Control: Max-Age=\"300\"\n", 5 * time.Minute},
		"max-age and Age":                {"Cache-Control: max-age=300\nAge: 100\n", 200 * time.Second},
		"an Age beyond max-age":          {"Cache-Control: max-age=300\nAge: 400\n", 0},
		"max-age=0":                      {"Cache-Control: max-age=0\n", 0},
		"a max-age that is too large":    {"Cache-Control: max-age=99999999999\n", 24 * time.Hour},
		"an Age that is no number":       {"Cache-Control: max-age=300\nAge: x\n", 5 * time.Minute},
		"a broken max-age":               {"Cache-Control: max-age=soon\n", 0},
		"a negative max-age":             {"Cache-Control: max-age=-1\n", 0},
		"an endless max-age":             {"Cache-Control: max-age=31536000\n", 24 * time.Hour},
		"no-store":                       {"Cache-Control: max-age=300, No-Store\n", 0},
		"no-cache":                       {"Cache-Control: no-cache\n", 0},
		"private":                        {"Cache-Control: private, max-age=60\n", time.Minute},
		"Expires":                        {"Expires: " + date + "\n", 10 * time.Minute},
		"max-age over Expires":           {"Cache-Control: max-age=30\nExpires: " + date + "\n", 30 * time.Second},
		"Expires in the past":            {"Expires: 0\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := wallets(t, map[string]string{"/me": c.headers + document("/me")})
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			now := start
			client := newClient(t, func(c *Config) { c.Now = func() time.Time { return now } })
			at := func(after time.Duration, requests int) {
				t.Helper()
				now = start.Add(after)
				if _, err := read(t, client, s.URL+"/me"); err != nil {
					t.Fatal(err)
				}
				if got := len(s.requests()); got != requests {
					t.Errorf("after %s: %d requests, want %d", after, got, requests)
				}
			}
			at(0, 1)
			if c.keep > 0 {
				at(c.keep-time.Millisecond, 1)
			}
			at(c.keep, 2)
		})
	}
}

func TestAWalletAddressIsKeptNoLongerThanWhatLedToIt(t *testing.T) {
	for name, paths := range map[string]map[string]string{
		"a redirect": {"/me": "Cache-Control: no-store\n302 /alice", "/alice": "Cache-Control: max-age=300\n" + document("/alice")},
		"a name":     {"/me": "Cache-Control: no-store\n" + document("/alice"), "/alice": "Cache-Control: max-age=300\n" + document("/alice")},
		"the target": {"/me": "Cache-Control: max-age=300\n" + document("/alice"), "/alice": "Cache-Control: no-store\n" + document("/alice")},
	} {
		s := wallets(t, paths)
		c := newClient(t)
		for range 2 {
			if _, err := read(t, c, s.URL+"/me"); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(s.requests()); got != 4 {
			t.Errorf("%s: %d requests, want 4", name, got)
		}
	}
}

func TestWhatIsKeptIsSharedUnderAnotherKeyAndCannotBeChanged(t *testing.T) {
	s := wallets(t, map[string]string{"/me": document("/me")})
	c := newClient(t)
	got, err := read(t, c, s.URL+"/me")
	if err != nil {
		t.Fatal(err)
	}
	got.AuthServer = "https://evil.example/"
	other, err := c.WithKey("https://other.example/", "key-2", testKey)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err = read(t, other, s.URL+"/me")
		if err != nil || got.AuthServer != s.URL+"/auth" {
			t.Errorf("got %+v, %v", got, err)
		}
		got.AuthServer = "https://evil.example/"
	}
	s.only(t)
}

func TestFailuresAreNotKept(t *testing.T) {
	var fail atomic.Bool
	fail.Store(true)
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=300")
		if fail.Load() {
			w.WriteHeader(404)
			return
		}
		answer(200, document("/me"))(w, r)
	})
	c := newClient(t)
	if _, err := read(t, c, s.URL+"/me"); err == nil {
		t.Error("no error")
	}
	fail.Store(false)
	if _, err := read(t, c, s.URL+"/me"); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotFreshIsNotKept(t *testing.T) {
	var cache walletCache
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for fresh, want := range map[time.Duration]int{-1: 0, 0: 0, 1: 1} {
		cache.put("a", &WalletAddress{}, now, fresh)
		if len(cache.entries) != want {
			t.Errorf("%s: %d are kept", fresh, len(cache.entries))
		}
		cache = walletCache{}
	}
}

func TestTheWalletCacheDropsNoMoreThanItMust(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for n, want := range map[int]int{ // bytes that are needed, entries that stay
		100: 3, // fits
		101: 2, // what has expired goes
		200: 2,
		201: 1, // one that is fresh goes too
	} {
		for range 20 { // a map has another order each time
			cache := walletCache{bytes: maxCacheBytes - 100, entries: map[string]walletEntry{
				"old": {expires: now, bytes: 100}, "a": {expires: now.Add(1), bytes: 100}, "b": {expires: now.Add(1), bytes: 100}}}
			cache.makeRoom(n, now)
			if _, old := cache.entries["old"]; len(cache.entries) != want || old != (n == 100) {
				t.Errorf("for %d bytes: %d stay, want %d, and the old one is there: %v", n, len(cache.entries), want, old)
			}
		}
	}
}

func TestTheWalletCacheIsLimitedInBytes(t *testing.T) {
	var cache walletCache
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	long := strings.Repeat("x", maxText)
	for i := range 300 {
		cache.put(fmt.Sprint("old", i), &WalletAddress{ID: long, AuthServer: long, ResourceServer: long}, now, time.Minute)
		cache.put("again", &WalletAddress{ID: long}, now, time.Minute)
	}
	cache.put("live", &WalletAddress{ID: "live"}, now, time.Hour)
	held := 0
	for address, entry := range cache.entries {
		held += len(address) + len(entry.wallet.ID) + len(entry.wallet.AuthServer) + len(entry.wallet.ResourceServer)
	}
	if cache.bytes > maxCacheBytes || held > cache.bytes || held < maxCacheBytes*8/10 {
		t.Errorf("%d bytes are held, %d counted, want at most %d", held, cache.bytes, maxCacheBytes)
	}
	later := now.Add(time.Minute)
	for i := range maxCacheBytes / (entryOverhead + 4) {
		cache.put(fmt.Sprint("n", i), &WalletAddress{}, later, time.Hour)
		if i == 0 && cache.entries["live"].wallet.ID != "live" {
			t.Error("what has expired goes first")
		}
	}
	for address := range cache.entries {
		cache.drop(address)
	}
	if cache.bytes != 0 {
		t.Errorf("an empty cache counts %d bytes", cache.bytes)
	}
}
