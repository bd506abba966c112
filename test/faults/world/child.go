package world

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	kinds "github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/bolt"
)

// ChildEnv is the environment variable that has the configuration of a process
// that is nothing but a service: see [ServeChild].
const ChildEnv = "OPGRANTS_FAULTS_CHILD"

// A Child is a service in a process of its own, that can be killed.
type Child struct {
	File   string // the data file
	Client string
	Key    ed25519.PrivateKey
}

// The headers by which the parent moves the child's clock, and says at which call
// of the store it stands still.
const (
	headerAhead  = "Test-Ahead"
	headerHold   = "Test-Hold"
	headerAfter  = "Test-After"
	headerKeep   = "Test-Keep"
	headerFollow = "Test-Follow"
)

// ServeChild runs a [Child] until it is killed. It prints its URL, and "held" when
// it stands still.
func ServeChild() {
	var c Child
	if err := json.Unmarshal([]byte(os.Getenv(ChildEnv)), &c); err != nil {
		panic(err)
	}
	store, err := bolt.Open(c.File)
	if err != nil {
		panic(err)
	}
	w := newWorld(Config{Broken: func(rule string) { _, _ = fmt.Fprintln(os.Stderr, "BROKEN", rule) }})
	w.Client, w.Key, w.log.to = c.Client, c.Key, os.Stderr
	w.Store = newStore(store, store, w)
	payments := bolt.Of(store.File, kinds.Payments)
	w.usePayments(payments, payments)
	w.around = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.obey(r.Header)
			if id := r.Header.Get(headerKeep); id != "" {
				w.Keep(id)
				return
			}
			if id := r.Header.Get(headerFollow); id != "" {
				w.Paying.Follow(r.Context(), id)
				return
			}
			next.ServeHTTP(rw, r)
		})
	}
	if err := w.serve(); err != nil {
		panic(err)
	}
	fmt.Println(w.URL)
	select {}
}

// obey does what the parent says.
func (w *World) obey(h http.Header) {
	if ahead, err := strconv.ParseInt(h.Get(headerAhead), 10, 64); err == nil {
		w.Move(max(0, time.Duration(ahead)-w.Ahead()))
	}
	n, err := strconv.Atoi(h.Get(headerHold))
	if err != nil {
		return
	}
	after := h.Get(headerAfter) != ""
	w.Store.Plan(n, func(c *StoreCall) error {
		if after {
			_ = c.Do()
		}
		fmt.Println("held")
		select {}
	})
}

// UseChild lets the world's app and browser talk to a child at url.
func (w *World) UseChild(url string) { w.URL, w.inChild = url, true }

// HoldStore lets the child stand still at the nth call of the store that the next
// request makes.
func (w *World) HoldStore(n int, after bool) { w.hold, w.holdAfter = n, after }

// childHeader tells the child what to obey.
func (w *World) childHeader(h http.Header) {
	h.Set(headerAhead, strconv.FormatInt(int64(w.Ahead()), 10))
	if w.hold > 0 {
		h.Set(headerHold, strconv.Itoa(w.hold))
		if w.holdAfter {
			h.Set(headerAfter, "1")
		}
		w.hold = 0
	}
}

// orders sends what is for the child itself past the check of the service's exchanges.
type orders struct{ plain, checked http.RoundTripper }

func (o *orders) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get(headerKeep)+r.Header.Get(headerFollow) != "" {
		return o.plain.RoundTrip(r)
	}
	return o.checked.RoundTrip(r)
}

// LetKeep lets the schedule look at the session's grant, in the child if there is
// one.
func (s *Session) LetKeep() {
	if s.inChild {
		s.call(true, "GET", s.URL+"/", "", headerKeep, s.ID)
		return
	}
	s.Keep(s.ID)
}
