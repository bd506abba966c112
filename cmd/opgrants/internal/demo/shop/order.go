package shop

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
)

// An order is what a customer allows, and the coffees that were bought within it: one
// coffee, or with Daily any number up to a limit a day.
type order struct {
	mu    sync.Mutex
	asked chan struct{} // closed once the grant was asked for

	ID    string
	Daily bool
	Limit cents // in total, or a day if Daily

	// The grant's id stays with the order, in the session of the browser that
	// made it. It is not in any link.
	grantID    string
	code       string // that came back with the browser, until it is used
	ConsentURL string

	State   state
	Problem string // why the state is failed
	Notice  string // about the last form
	first   cents  // of the first coffee

	Coffees     []*coffee  // the newest last
	Spent       cents      // of Limit, as the wallet said last
	TokenExpiry *time.Time // of the access token, which the service has

	Actions []action
	forms   map[string]bool // the keys of the forms that were sent
}

// An action is what a customer did with an order. The requests that were made for it are
// in the journal, under its index.
type action struct {
	What  string
	start time.Time
}

type state string

const (
	waiting  state = "waiting"  // for the customer, at the wallet
	settling state = "settling" // back in the shop, and the first coffee is being paid
	granted  state = "granted"
	refused  state = "refused"
	failed   state = "failed"
	ended    state = "ended"
)

// copy returns a copy that does not change while a page is made of it.
func (o *order) copy() *order {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := &order{ID: o.ID, Daily: o.Daily, Limit: o.Limit, ConsentURL: o.ConsentURL, State: o.State, Problem: o.Problem, Notice: o.Notice,
		Spent: o.Spent, TokenExpiry: o.TokenExpiry, Actions: slices.Clone(o.Actions), Coffees: make([]*coffee, len(o.Coffees))}
	for i := range o.Coffees {
		one := *o.Coffees[i]
		c.Coffees[i] = &one
	}
	return c
}

// version changes whenever the page of a copy of the order does.
func (o *order) version() string {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, o.State, o.Problem, o.Notice, o.Spent, o.TokenExpiry, len(o.Actions)) // to memory
	for _, c := range o.Coffees {
		_, _ = fmt.Fprint(h, *c)
	}
	return fmt.Sprintf("%x", h.Sum64())
}

// Last is the last coffee, or nil.
func (o *order) Last() *coffee {
	if len(o.Coffees) == 0 {
		return nil
	}
	return o.Coffees[len(o.Coffees)-1]
}

// Left is what the permission still allows.
func (o *order) Left() cents { return max(0, o.Limit-o.Spent) }

// A coffee is a purchase, which is one payment.
type coffee struct {
	Price   cents
	At      time.Time
	Status  string // of the payment; "": the service has not said yet whether there is one
	Problem string // in plain words, if it is not paid
	Leaves  string // what left the customer's wallet, and
	Arrives string // what arrived in the shop's
	Payment string // its id

	key string // Idempotency-Key of the payment
}

// IsPaid reports whether the money has arrived.
func (c *coffee) IsPaid() bool { return c.Status == serviceapi.Completed }

// IsAsked reports whether a request for the payment is under way.
func (c *coffee) IsAsked() bool { return c.Status == "" && c.Problem == "" }

// IsOnItsWay reports whether the service is still finding out.
func (c *coffee) IsOnItsWay() bool {
	return c.Status == serviceapi.Processing || c.Status == serviceapi.Pending
}

// MayBeTried reports whether the customer can have the shop ask again.
func (c *coffee) MayBeTried() bool { return c.Status == "" && c.Problem != "" }

// Word is the state of the coffee in the list.
func (c *coffee) Word() string {
	switch {
	case c.IsPaid():
		return "paid"
	case c.IsOnItsWay(), c.IsAsked():
		return "on its way"
	case c.Status == "":
		return "not yet"
	case c.Status == serviceapi.Undecided:
		return "unknown"
	case c.Status == serviceapi.Partial:
		return "in part"
	}
	return "not paid"
}

// formatAmount is an amount as a person writes it: 1.30 USD.
func formatAmount(a *serviceapi.Amount) string {
	if a == nil || a.AssetScale == nil {
		return ""
	}
	scale := int(*a.AssetScale)
	digits := strings.Repeat("0", max(0, scale+1-len(a.Value))) + a.Value
	point := len(digits) - scale
	if scale == 0 {
		return digits + " " + a.AssetCode
	}
	return digits[:point] + "." + digits[point:] + " " + a.AssetCode
}
