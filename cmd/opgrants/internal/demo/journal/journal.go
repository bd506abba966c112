// Package journal keeps the requests between the browser, the shop, the service and the
// wallet of the demonstration, and says for each what it is for.
package journal

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/recorder"
)

// The clients and servers of the requests, as the picture has them from left to right.
const (
	Browser = "browser"
	Shop    = "shop"
	Service = "service"
	Wallet  = "wallet"
)

// Places are all of these, from left to right.
func Places() []string { return []string{Browser, Shop, Service, Wallet} }

// maxEntries is how many requests a journal keeps. It drops the oldest ones.
const maxEntries = 5000

// A Journal has requests, each of one action of one order. The zero value is ready to use.
type Journal struct {
	Mask recorder.Mask
	// Guess is for a service that runs elsewhere, which passes no tag on: its requests
	// most likely are made for the order of the latest request.
	Guess bool

	mu      sync.Mutex
	entries []Entry
	visits  map[string]Tag // the beginnings of paths that a browser opens for an order
	last    Tag            // of the latest request that has one
}

// An Entry is a request and its answer.
type Entry struct {
	recorder.Exchange
	From, To string
	Tag      Tag
}

// begin notes that a request with the tag begins, and returns its tag: with Guess, a
// request of the service without one gets that of the latest request that has one.
func (j *Journal) begin(from string, tag Tag) Tag {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.Guess && from == Service && tag == (Tag{}) {
		return j.last
	}
	if tag != (Tag{}) {
		j.last = tag
	}
	return tag
}

// add adds a request that is complete.
func (j *Journal) add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
	if len(j.entries) > maxEntries {
		j.entries = slices.Delete(j.entries, 0, len(j.entries)-maxEntries)
	}
}

// Of returns the requests that were made for an action of an order, in the order of
// their starts.
func (j *Journal) Of(tag Tag) []Entry {
	return j.find(func(e Entry) bool { return e.Tag == tag })
}

// Since returns all requests that were complete after start, in the order of their starts.
func (j *Journal) Since(start time.Time) []Entry {
	return j.find(func(e Entry) bool { return !e.Start.Add(e.Took).Before(start) })
}

func (j *Journal) find(wanted func(Entry) bool) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []Entry
	for _, e := range j.entries {
		if wanted(e) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b Entry) int { return a.Start.Compare(b.Start) })
	return found
}

// Path is the URL without scheme and host.
func (e Entry) Path() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return e.URL
	}
	if u.RawQuery == "" {
		return u.EscapedPath()
	}
	return u.EscapedPath() + "?" + u.RawQuery
}

// Milliseconds is the time until the answer was complete.
func (e Entry) Milliseconds() int64 { return e.Took.Milliseconds() }

// Succeeded reports whether the status is 2xx or 3xx.
func (e Entry) Succeeded() bool { return e.Status >= 200 && e.Status < 400 }

// Text is the whole request and answer, secrets masked.
func (e Entry) Text() string {
	var b strings.Builder
	_ = e.Print(&b) // to memory
	return strings.TrimSpace(b.String())
}

// FromPlace is where the arrow of the request begins in the picture, from 0 to 3.
func (e Entry) FromPlace() int { return slices.Index(Places(), e.From) }

// ToPlace is where the arrow ends.
func (e Entry) ToPlace() int { return slices.Index(Places(), e.To) }
