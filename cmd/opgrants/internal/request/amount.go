package request

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// An asset is what an amount is counted in: USD with scale 2 is cents.
type asset struct {
	code  string
	scale uint8
}

func (a asset) String() string { return fmt.Sprintf("%s/%d", a.code, a.scale) }

// parseAsset reads CODE/SCALE.
func parseAsset(s string) (asset, error) {
	code, digits, ok := strings.Cut(s, "/")
	scale, err := strconv.ParseUint(digits, 10, 8)
	if !ok || err != nil || code == "" {
		return asset{}, exit.Usage.With("--asset %s: write the code and the scale, such as USD/2.", s)
	}
	return asset{code, uint8(scale)}, nil
}

var (
	wholeNumber = regexp.MustCompile(`^[0-9]+$`)
	decimal     = regexp.MustCompile(`^([0-9]*)[.,]([0-9]*)$`)
)

// amount reads a number of minor units.
func (a asset) amount(flag, s string) (*opclient.Amount, error) {
	if wholeNumber.MatchString(s) {
		return &opclient.Amount{Value: s, AssetCode: a.code, AssetScale: a.scale}, nil
	}
	if minor, ok := a.minor(s); ok {
		return nil, exit.Usage.With("%s %s: amounts are whole numbers of minor units; for %s %s write %s %s.",
			flag, s, s, a.code, flag, minor)
	}
	return nil, exit.Usage.With("%s %s: write a whole number of minor units; %s has %d digits after the point.",
		flag, s, a.code, a.scale)
}

// minor is a decimal number in minor units, if it has so few digits.
func (a asset) minor(s string) (string, bool) {
	parts := decimal.FindStringSubmatch(s)
	if parts == nil || parts[1]+parts[2] == "" {
		return "", false
	}
	fraction := strings.TrimRight(parts[2], "0")
	if len(fraction) > int(a.scale) {
		return "", false
	}
	digits := parts[1] + fraction + strings.Repeat("0", int(a.scale)-len(fraction))
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "", false // an amount of nothing
	}
	return digits, true
}
