package pages

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var digits = regexp.MustCompile(`^[0-9]+$`)

// Amount writes an amount with its decimal point: 1.30 USD. It shows a value that is
// not a number as it is, since the server does not validate amounts.
func Amount(value, assetCode, assetScale string) string {
	scale, err := strconv.ParseUint(assetScale, 10, 8)
	if err != nil || !digits.MatchString(value) {
		return strings.TrimSpace(fmt.Sprintf("%s %s (scale %s)", value, assetCode, assetScale))
	}
	v := strings.TrimLeft(value, "0")
	if missing := int(scale) + 1 - len(v); missing > 0 {
		v = strings.Repeat("0", missing) + v
	}
	whole, fraction := v[:len(v)-int(scale)], v[len(v)-int(scale):]
	if fraction != "" {
		fraction = "." + fraction
	}
	return strings.TrimSpace(groupThousands(whole) + fraction + " " + assetCode)
}

// groupThousands sets a narrow space between thousands.
func groupThousands(whole string) string {
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && len(whole) > 4 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(c)
	}
	return b.String()
}
