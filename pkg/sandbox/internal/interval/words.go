package interval

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	pattern = regexp.MustCompile(`^R(-1|\d*)/([^/]+)/([^/]+)$`)
	period  = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)
	units   = []string{"year", "month", "week", "day", "hour", "minute", "second"}
)

// Describe returns the interval as an English sentence without its full stop. It
// returns text itself, with a capital letter, if text is not an interval: the
// authorization server accepts any text.
func Describe(text string) string { return capitalize(describe(text)) }

func describe(text string) string {
	m := pattern.FindStringSubmatch(text)
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

func capitalize(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:size]) + text[size:]
}
