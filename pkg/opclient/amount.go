package opclient

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/opgrants/opgrants/internal/pattern"
)

// An Amount is a number of minor units: {"130", "USD", 2} is 1.30 USD.
type Amount struct {
	// Value is decimal digits, at most 9223372036854775807 (2^63-1) in a request:
	// servers fail beyond that.
	Value      string `json:"value"`
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"`
}

// AtLeast reports whether a is as much as b, or more, in the same asset. It is
// false if one of them is not a valid amount. What arrived at a receiver is
// enough if it is AtLeast what was expected: it can be a unit more.
func (a Amount) AtLeast(b Amount) bool {
	if a.AssetCode != b.AssetCode || a.AssetScale != b.AssetScale || a.AssetCode == "" || !isAmount(a.Value) || !isAmount(b.Value) {
		return false
	}
	have, _ := strconv.ParseUint(a.Value, 10, 64)
	want, _ := strconv.ParseUint(b.Value, 10, 64)
	return have >= want
}

var (
	digits  = pattern.New(`^(0|[1-9][0-9]*)$`)
	decimal = pattern.New(`^[0-9]+[.,][0-9]+$`)
)

var (
	errTooSmall = errors.New("give at least 1, the smallest unit of the asset")
	errTooLarge = errors.New("the number is larger than 9223372036854775807, the largest that servers can read")
)

func (a Amount) check(path string) error {
	if err := checkValue(a.Value); err != nil {
		if decimal().MatchString(a.Value) {
			err = a.minorUnits()
		}
		return &InvalidError{path + "value", err.Error()}
	}
	if a.Value == "0" {
		return &InvalidError{path + "value", errTooSmall.Error()}
	}
	if a.AssetCode == "" || len(a.AssetCode) > maxAssetCode || !utf8.ValidString(a.AssetCode) {
		return &InvalidError{path + "assetCode", "give the asset's code, such as USD"}
	}
	return nil
}

// isAmount reports whether value is decimal digits as JavaScript's BigInt writes
// them, up to 2^64-1, which the OpenAPI file allows a server to answer.
func isAmount(value string) bool {
	_, err := strconv.ParseUint(value, 10, 64)
	return err == nil && digits().MatchString(value)
}

// checkValue checks the value of an amount that will be sent.
func checkValue(value string) error {
	if digits().MatchString(value) {
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			return errTooLarge
		}
		return nil
	}
	if plain := strings.TrimLeft(value, "+0"); digits().MatchString(plain) {
		if err := checkValue(plain); err != nil {
			return err
		}
		return fmt.Errorf("write %.40s without sign and leading zeros: %.40s", value, plain)
	}
	return errors.New("give a whole number of minor units in decimal digits only, such as 130")
}

// minorUnits tells somebody who wrote 1.30 what the right number is. It suggests
// nothing if the separator may be one of thousands: 1,300 can mean 1300.
func (a Amount) minorUnits() error {
	whole, fraction, _ := strings.Cut(strings.Replace(a.Value, ",", ".", 1), ".")
	scale := int(a.AssetScale)
	if len(fraction) >= 3 && (len(fraction) == 3 || strings.Contains(a.Value, ",")) {
		return fmt.Errorf("amounts are whole numbers of minor units in decimal digits only, without separators, not %.40s", a.Value)
	}
	if len(strings.TrimRight(fraction, "0")) > scale {
		return fmt.Errorf("amounts are whole numbers of minor units, and %.40s has more than the asset's %d decimals", a.Value, scale)
	}
	minor := strings.TrimLeft(whole+(fraction + strings.Repeat("0", scale))[:scale], "0")
	if minor == "" {
		return errTooSmall
	}
	if err := checkValue(minor); err != nil {
		return err
	}
	return fmt.Errorf("amounts are whole numbers of minor units: for %.40s with %d decimals write %s", a.Value, scale, minor)
}
