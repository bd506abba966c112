package demo

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// An order is what a customer wants, and what became of it.
type order struct {
	ID     string
	Amount string // "1.30 USD"
	Daily  bool

	// The grant's id stays with the order, in the session of the browser that
	// made it. It is not in any link.
	grantID    string
	ConsentURL string

	State   state
	Problem string // for Failed

	token          opclient.Secret
	ExpiresAt      *time.Time
	ResourceServer string

	started, ended time.Time
}

type state string

const (
	waiting state = "waiting"
	granted state = "granted"
	refused state = "refused"
	failed  state = "failed"
)

// MaskedToken shows enough of the token to see that there is one.
func (o *order) MaskedToken() string {
	if len(o.token) < 12 {
		return ""
	}
	return string(o.token[:4]) + strings.Repeat("•", 12)
}

// The shop counts in US dollars, of two digits, as its only customer's wallet
// does.
var dollars = regexp.MustCompile(`^([0-9]{1,6})(?:[.,]([0-9]{1,2}))?$`)

// cents is a price in minor units.
func cents(s string) (value string, err error) {
	parts := dollars.FindStringSubmatch(strings.TrimSpace(s))
	if parts == nil {
		return "", fmt.Errorf("%q is no amount: write one such as 1.30", s)
	}
	value = strings.TrimLeft(parts[1]+(parts[2] + "00")[:2], "0")
	if value == "" {
		return "", fmt.Errorf("%q is nothing: write an amount such as 1.30", s)
	}
	return value, nil
}

// price is minor units as a person writes them.
func price(cents string) string {
	cents = strings.Repeat("0", max(0, 3-len(cents))) + cents
	return cents[:len(cents)-2] + "." + cents[len(cents)-2:] + " USD"
}
