package demo

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// An order is a permission that a customer gives, and the coffees that were bought
// within it.
type order struct {
	ID    string
	Daily bool
	Limit cents // of the permission: in total, or a day if Daily

	// The grant's id stays with the order, in the session of the browser that
	// made it. It is not in any link.
	grantID    string
	ConsentURL string

	State   state
	Problem string // why the state is failed
	Notice  string // about the last form
	first   cents  // of the first coffee

	Coffees []coffee // the newest last
	Spent   cents    // of Limit, as the wallet said last

	token          opclient.Secret // the last one from the service
	ExpiresAt      *time.Time
	ResourceServer string

	Actions []action
	keys    map[string]bool // of the forms that were sent
}

// A coffee is a purchase.
type coffee struct {
	Price   cents
	Paid    bool
	Problem string // in plain words, if it is not paid
	At      time.Time
}

// An action is what a customer did with an order. The requests between start and end
// were made for it.
type action struct {
	What       string
	start, end time.Time // a zero end is now
}

type state string

const (
	waiting  state = "waiting" // for the customer, at the wallet
	settling state = "settling"
	granted  state = "granted"
	refused  state = "refused"
	failed   state = "failed"
	ended    state = "ended"
)

// begin adds an action that starts now. done sets its end.
func (o *order) begin(what string) (done func()) {
	i := len(o.Actions)
	o.Actions = append(o.Actions, action{What: what, start: time.Now()})
	return func() { o.Actions[i].end = time.Now() }
}

// copy returns a copy that does not change while a page is made of it.
func (o *order) copy() order {
	c := *o
	c.Coffees, c.Actions = slices.Clone(o.Coffees), slices.Clone(o.Actions)
	return c
}

// Last is the last coffee, or nil.
func (o *order) Last() *coffee {
	if len(o.Coffees) == 0 {
		return nil
	}
	return &o.Coffees[len(o.Coffees)-1]
}

// Left is what the permission still allows.
func (o *order) Left() cents { return max(0, o.Limit-o.Spent) }

// MaskedToken is the beginning of the token, to see that it changes.
func (o *order) MaskedToken() string {
	if len(o.token) < 12 {
		return ""
	}
	return string(o.token[:4]) + strings.Repeat("•", 12)
}

// cents is an amount in US cents, the asset of the customer's wallet.
type cents int64

func (c cents) String() string { return fmt.Sprintf("%d.%02d USD", c/100, c%100) }

// minor is the amount as Open Payments writes it.
func (c cents) minor() string { return strconv.FormatInt(int64(c), 10) }

var dollars = regexp.MustCompile(`^([0-9]{1,6})(?:[.,]([0-9]{1,2}))?$`)

// parseCents reads a price.
func parseCents(s string) (cents, error) {
	parts := dollars.FindStringSubmatch(strings.TrimSpace(s))
	if parts == nil {
		return 0, fmt.Errorf("%q is no amount: write one such as 1.30", s)
	}
	n, err := strconv.ParseInt(parts[1]+(parts[2] + "00")[:2], 10, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is nothing: write an amount such as 1.30", s)
	}
	return cents(n), nil
}
