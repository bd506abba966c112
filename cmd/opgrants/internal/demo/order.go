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

// An order is what a customer allows, and the coffees that were bought with it.
type order struct {
	ID    string
	Daily bool
	Limit cents // of the permission: in all, or a day

	// The grant's id stays with the order, in the session of the browser that
	// made it. It is not in any link.
	grantID    string
	ConsentURL string

	State   state
	Problem string // for failed
	Notice  string // about the last form that was sent
	first   cents  // of the first coffee

	Coffees []coffee // the newest last
	Spent   cents    // of Limit, as the wallet told last

	token          opclient.Secret // the last that the shop was given
	ExpiresAt      *time.Time
	ResourceServer string

	Acts []act
	keys map[string]bool // of the forms that were sent
}

// A coffee is a purchase.
type coffee struct {
	Price   cents
	Paid    bool
	Problem string // in plain words, if it is not paid
	At      time.Time
}

// An act is something that was done about an order, with all that went over the
// wire for it.
type act struct {
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

// begin notes that something is done from now on; the returned function, that it
// is done.
func (o *order) begin(what string) (done func()) {
	i := len(o.Acts)
	o.Acts = append(o.Acts, act{What: what, start: time.Now()})
	return func() { o.Acts[i].end = time.Now() }
}

// copy is one to show while the order goes on.
func (o *order) copy() order {
	c := *o
	c.Coffees, c.Acts = slices.Clone(o.Coffees), slices.Clone(o.Acts)
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

// MaskedToken shows enough of the token to see that there is one.
func (o *order) MaskedToken() string {
	if len(o.token) < 12 {
		return ""
	}
	return string(o.token[:4]) + strings.Repeat("•", 12)
}

// The shop counts in US cents, as its only customer's wallet does.
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
