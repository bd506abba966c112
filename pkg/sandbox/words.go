package sandbox

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func ceilSecondsInt(d time.Duration) int { return int(min(ceilSeconds(d), math.MaxInt32)) }

var digits = regexp.MustCompile(`^[0-9]+$`)

// String writes an amount with its decimal point: 1.30 USD. What is no number is
// shown as it is, since the server validates nothing.
func (a amount) String() string {
	scale, err := strconv.ParseUint(a.AssetScale.String(), 10, 8)
	if err != nil || !digits.MatchString(a.Value) {
		return strings.TrimSpace(fmt.Sprintf("%s %s (scale %s)", a.Value, a.AssetCode, a.AssetScale))
	}
	v := strings.TrimLeft(a.Value, "0")
	if missing := int(scale) + 1 - len(v); missing > 0 {
		v = strings.Repeat("0", missing) + v
	}
	whole, fraction := v[:len(v)-int(scale)], v[len(v)-int(scale):]
	if fraction != "" {
		fraction = "." + fraction
	}
	return strings.TrimSpace(groups(whole) + fraction + " " + a.AssetCode)
}

// groups sets a narrow space between thousands.
func groups(whole string) string {
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && len(whole) > 4 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(c)
	}
	return b.String()
}

var (
	interval = regexp.MustCompile(`^R(-1|\d*)/([^/]+)/([^/]+)$`)
	period   = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)
	units    = []string{"year", "month", "week", "day", "hour", "minute", "second"}
)

// describeInterval puts a repeating interval (ISO 8601) into words. One that it
// does not understand is shown as it is: the server validates nothing.
func describeInterval(text string) string {
	m := interval.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	times, first, second := m[1], m[2], m[3]
	every, from, until := describePeriod(second), describeTime(first), ""
	if every == "" {
		every, until = describePeriod(first), describeTime(second)
		from = ""
	}
	switch start, end := describeTime(first), describeTime(second); {
	case every != "" && from != "":
		every += ", from " + from
	case every != "" && until != "":
		every += ", until " + until
	case start != "" && end != "":
		every = fmt.Sprintf("in a period as long as from %s to %s", start, end)
	default:
		return text
	}
	if n, err := strconv.ParseUint(times, 10, 32); err == nil {
		return fmt.Sprintf("%s, repeated %s", every, count(n, "time"))
	}
	return every + ", with no end"
}

func describeTime(text string) string {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return ""
	}
	return t.UTC().Format("2 January 2006 15:04 UTC")
}

func describePeriod(text string) string {
	m := period.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	var parts []string
	for i, unit := range units {
		n, err := strconv.ParseUint(m[i+1], 10, 32)
		switch {
		case err != nil:
			continue
		case n == 1:
			parts = append(parts, unit)
		default:
			parts = append(parts, count(n, unit))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "every " + strings.Join(parts, " and ")
}

func count(n uint64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

func capitalized(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:size]) + text[size:]
}
