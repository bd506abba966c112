package httpapi

import (
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestSplitReload(t *testing.T) {
	for raw, want := range map[string]struct {
		query string
		count int
	}{
		"":                                 {"", 0},
		"hash=a%2Bb&interact_ref=1":        {"hash=a%2Bb&interact_ref=1", 0},
		"hash=a&reload=3":                  {"hash=a", 3},
		"reload=3&hash=a":                  {"hash=a", 3},
		"reload=3":                         {"", 3},
		"reload=3&reload=9&reload=4":       {"", 9},
		"reload=-1&a=b":                    {"a=b", 0},
		"reload=99999999999999999999&a=b":  {"a=b", 0},
		"reload&hash=a":                    {"reload&hash=a", 0},
		"a=1;b=2&%zz=%&&x":                 {"a=1;b=2&%zz=%&&x", 0},
		"Reload=1&re%6coad=1&preload=2&=1": {"Reload=1&re%6coad=1&preload=2&=1", 0},
	} {
		if query, count := splitReload(raw); query != want.query || count != want.count {
			t.Errorf("%q: %q and %d, want %+v", raw, query, count, want)
		}
	}
}

// A page that nobody closes asks ever less often, and then no more.
func TestNoPageReloadsForever(t *testing.T) {
	target, times, last, all := "/grants/x/finish?hash=a%2Bb&interact_ref=r", 0, 0, 0
	for {
		header := refresh(httptest.NewRequest("GET", target, nil), 2*time.Second)
		if header == "" {
			break
		}
		pause, query, _ := strings.Cut(header, "; url=")
		seconds, err := strconv.Atoi(pause)
		if err != nil || seconds < last || times > 100 {
			t.Fatalf("after %d times: %q, %v", times, header, err)
		}
		if kept, _ := splitReload(query[1:]); kept != "hash=a%2Bb&interact_ref=r" {
			t.Fatalf("it loads %q", query)
		}
		times, last, all, target = times+1, seconds, all+seconds, "/grants/x/finish"+query
	}
	if times < 10 || all < 120 || all > 600 {
		t.Errorf("it reloads %d times in %d s", times, all)
	}
}

func FuzzFinishQuery(f *testing.F) {
	for _, seed := range []string{"", "hash=a%2Bb%3D&interact_ref=4", "reload=3&hash=x", "result=grant_rejected", "reload=\xff&\x00=é", "a;b&&=&reload=1&reload"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		query, count := splitReload(raw)
		if again, n := splitReload(query); again != query || n != 0 || len(query) > len(raw) || count < 0 {
			t.Fatalf("%q: %q and %d", raw, query, count)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = raw
		header := refresh(r, time.Second)
		if (header == "") != (count >= maxReloads) {
			t.Fatalf("%q: Refresh %q", raw, header)
		}
		for _, c := range []byte(header) {
			if c < ' ' || c > '~' {
				t.Fatalf("%q: Refresh %q", raw, header)
			}
		}
	})
}
