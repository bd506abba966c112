// Package secrets collects the secrets that the servers issue or see, so that
// tests can search logs for them.
package secrets

import (
	"net/http"
	"strings"
	"sync"
)

// Limit is how many secrets a [Set] keeps. It drops the oldest first.
const Limit = 1 << 15

// A Set collects secrets. The zero value is empty and ready to use.
type Set struct {
	mu    sync.Mutex
	known map[string]bool
	order []string // a ring, once it is full
	next  int
}

// Add adds values that are not empty and not in the set.
func (x *Set) Add(values ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.known == nil {
		x.known = map[string]bool{}
	}
	for _, v := range values {
		if v == "" || x.known[v] {
			continue
		}
		x.known[v] = true
		if len(x.order) < Limit {
			x.order = append(x.order, v)
			continue
		}
		delete(x.known, x.order[x.next])
		x.order[x.next] = v
		x.next = (x.next + 1) % Limit
	}
}

// AddRequest adds the access token and the signature in a request's header.
func (x *Set) AddRequest(r *http.Request) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "GNAP "); ok {
		x.Add(token)
	}
	if _, signature, ok := strings.Cut(r.Header.Get("Signature"), "=:"); ok {
		x.Add(strings.TrimSuffix(signature, ":"))
	}
}

// All returns a copy of the set.
func (x *Set) All() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]string(nil), x.order...)
}
