package cli

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// An Asset is the unit of an amount: USD with scale 2 is cents.
type Asset struct {
	Code  string
	Scale uint8
}

func (a Asset) String() string { return fmt.Sprintf("%s/%d", a.Code, a.Scale) }

// ParseAsset reads CODE/SCALE.
func ParseAsset(s string) (Asset, error) {
	code, digits, ok := strings.Cut(s, "/")
	scale, err := strconv.ParseUint(digits, 10, 8)
	if !ok || err != nil || code == "" {
		return Asset{}, exit.Usage.With("--asset %s: write the code and the scale, such as USD/2.", config.Describe(s))
	}
	return Asset{code, uint8(scale)}, nil
}

var (
	wholeNumber = regexp.MustCompile(`^[0-9]+$`)
	decimal     = regexp.MustCompile(`^([0-9]*)[.,]([0-9]*)$`)
)

// AssetOf is the asset of a wallet address.
func AssetOf(w *opclient.WalletAddress) Asset { return Asset{w.AssetCode, w.AssetScale} }

// AssetOfAmount is the asset that an amount is counted in.
func AssetOfAmount(a opclient.Amount) Asset { return Asset{a.AssetCode, a.AssetScale} }

// Amount reads a number of minor units that the user gave with flag.
func (a Asset) Amount(flag, s string) (*opclient.Amount, error) {
	if wholeNumber.MatchString(s) {
		return &opclient.Amount{Value: s, AssetCode: a.Code, AssetScale: a.Scale}, nil
	}
	if minor, ok := a.minor(s); ok {
		return nil, exit.Usage.With("%s %s: amounts are whole numbers of minor units; for %s %s write %s %s.",
			flag, s, s, a.Code, flag, minor)
	}
	return nil, exit.Usage.With("%s %s: write a whole number of minor units; %s has %d digits after the point.",
		flag, config.Describe(s), a.Code, a.Scale)
}

// minor converts a decimal number to minor units. ok is false if it has more digits
// than the asset, is zero or too large, or if its point may separate thousands.
func (a Asset) minor(s string) (string, bool) {
	parts := decimal.FindStringSubmatch(s)
	if parts == nil || parts[1]+parts[2] == "" {
		return "", false
	}
	fraction := strings.TrimRight(parts[2], "0")
	if len(fraction) > int(a.Scale) || len(parts[2]) == 3 || len(parts[2]) > 3 && strings.Contains(s, ",") {
		return "", false
	}
	digits := parts[1] + fraction + strings.Repeat("0", int(a.Scale)-len(fraction))
	n, err := strconv.ParseInt(digits, 10, 64)
	return strconv.FormatInt(n, 10), err == nil && n > 0
}

// FormatAmount writes an amount as a person does: 1.30 USD.
func FormatAmount(a opclient.Amount) string {
	scale := int(a.AssetScale)
	if scale == 0 {
		return a.Value + " " + a.AssetCode
	}
	digits := strings.Repeat("0", max(0, scale+1-len(a.Value))) + a.Value
	point := len(digits) - scale
	return digits[:point] + "." + digits[point:] + " " + a.AssetCode
}
