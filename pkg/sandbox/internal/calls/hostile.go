package calls

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A hostile lets calls go wrong at random. What happens to the n-th call of an
// operation depends on the seed, the operation and n, and on nothing else.
type hostile struct {
	seed uint64

	mu     sync.Mutex
	number map[string]uint64 // of the calls of an operation
	broke  map[string]bool   // the last call of an operation had no right answer
}

// BeHostile lets calls go wrong at random from now on.
func (c *Calls) BeHostile(seed uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hostile = &hostile{seed: seed, number: map[string]uint64{}, broke: map[string]bool{}}
}

// roll returns the random numbers of the next call of that name, and the call's number.
func (h *hostile) roll(name string) (*rand.Rand, uint64) {
	h.number[name]++
	sum := fnv.New64a()
	_, _ = fmt.Fprintf(sum, "%s %d", name, h.number[name])            // it cannot fail
	return rand.New(rand.NewPCG(h.seed, sum.Sum64())), h.number[name] // #nosec G404 -- not a secret
}

// Shares of the calls, in percent.
const (
	lostShare  = 8
	frontShare = 10
	slowShare  = 15
	shortShare = 25 // of the tokens
)

// fault returns what goes wrong with the next call of op, nil if nothing does, and the
// call's number. Two calls of one operation in a row never both lose their answer, so
// that a client that tries once more gets through.
func (h *hostile) fault(op Op) (*Fault, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	random, n := h.roll(string(op))
	at := random.IntN(100)
	spared := h.broke[string(op)]
	h.broke[string(op)] = !spared && at < lostShare+frontShare
	switch {
	case at < lostShare && !spared:
		return &Fault{Act: true, Reset: true}, n
	case at < lostShare+frontShare && !spared:
		return &Fault{Status: http.StatusTooManyRequests, Body: "<!doctype html><title>Too many requests</title>",
			Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Retry-After": {"1"}}}, n
	case at >= lostShare+frontShare && at < lostShare+frontShare+slowShare:
		return &Fault{Delay: time.Duration(100+random.IntN(900)) * time.Millisecond}, n
	}
	return nil, n
}

// TokenLife returns the life of the next access token: normal, or if the server is
// hostile at times a few seconds.
func (c *Calls) TokenLife(normal time.Duration) time.Duration {
	c.mu.Lock()
	h := c.hostile
	c.mu.Unlock()
	if h == nil {
		return normal
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	random, n := h.roll("token")
	short := time.Duration(2+random.IntN(9)) * time.Second
	if random.IntN(100) >= shortShare || short >= normal {
		return normal
	}
	c.log.Warn("hostile", "op", "token", "call", n, "fault", fmt.Sprintf("lives %s", short))
	return short
}

// Describe says in a few words what the client notices.
func (f *Fault) Describe() string {
	var all []string
	if f.Delay > 0 {
		all = append(all, fmt.Sprintf("late by %s", f.Delay))
	}
	acted := ", after the server acted"
	if !f.Act {
		acted = ""
	}
	switch {
	case f.Hang:
		all = append(all, "no answer"+acted)
	case f.Reset:
		all = append(all, "connection reset"+acted)
	case f.Drop:
		all = append(all, "connection closed"+acted)
	case f.Half:
		all = append(all, "half an answer")
	case f.Status != 0:
		all = append(all, fmt.Sprintf("status %d%s", f.Status, acted))
	case len(all) == 0:
		all = append(all, "changed answer")
	}
	return strings.Join(all, ", ")
}
