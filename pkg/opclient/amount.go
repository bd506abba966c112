package opclient

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	digits  = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)
	decimal = regexp.MustCompile(`^[0-9]+[.,][0-9]+$`)
)

func (a Amount) check(path string) error {
	if err := checkValue(a.Value); err != nil {
		if decimal.MatchString(a.Value) {
			err = a.minorUnits()
		}
		return &InvalidError{path + "value", err.Error()}
	}
	if a.Value == "0" {
		return &InvalidError{path + "value", "give at least 1, the smallest unit of the asset"}
	}
	if a.AssetCode == "" || !utf8.ValidString(a.AssetCode) {
		return &InvalidError{path + "assetCode", "give the asset's code, such as USD"}
	}
	return nil
}

// checkValue: decimal digits as JavaScript's BigInt would write them, up to 2^64-1.
func checkValue(value string) error {
	switch {
	case value == "":
		return errors.New("give a whole number of minor units in decimal digits, such as 130")
	case digits.MatchString(value):
		if _, err := strconv.ParseUint(value, 10, 64); err != nil {
			return errors.New("the number is larger than 18446744073709551615, the largest that Open Payments knows")
		}
		return nil
	}
	if plain := strings.TrimLeft(value, "+0"); digits.MatchString(plain) {
		return fmt.Errorf("write %s without sign and leading zeros: %s", value, plain)
	}
	return errors.New("give a whole number of minor units in decimal digits only, such as 130")
}

// minorUnits tells somebody who wrote 1.30 what the right number is.
func (a Amount) minorUnits() error {
	whole, fraction, _ := strings.Cut(strings.Replace(a.Value, ",", ".", 1), ".")
	scale := int(a.AssetScale)
	if len(strings.TrimRight(fraction, "0")) > scale {
		return fmt.Errorf("amounts are whole numbers of minor units, and %s has more than the asset's %d decimals", a.Value, scale)
	}
	fraction = (fraction + strings.Repeat("0", scale))[:scale]
	number, _ := new(big.Int).SetString(whole+fraction, 10)
	return fmt.Errorf("amounts are whole numbers of minor units: for %s with %d decimals write %s", a.Value, scale, number)
}
