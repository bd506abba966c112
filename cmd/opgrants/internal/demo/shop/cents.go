package shop

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/serviceapi"
)

// cents is an amount in US cents, the asset of the shop's and of the customer's wallet.
type cents int64

func (c cents) String() string { return fmt.Sprintf("%d.%02d USD", c/100, c%100) }

// amount is the amount as the service takes it.
func (c cents) amount() *serviceapi.Amount {
	scale := uint8(2)
	return &serviceapi.Amount{Value: strconv.FormatInt(int64(c), 10), AssetCode: "USD", AssetScale: &scale}
}

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
