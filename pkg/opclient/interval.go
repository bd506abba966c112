package opclient

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/pattern"
)

// unbounded is interval.Repetitions of an interval that is repeated without end.
const unbounded = -1

// An interval is a repeating interval of ISO 8601. Exactly one of Start, End and Period
// is zero. parseInterval returns one.
type interval struct {
	// Repetitions is how many times the interval is repeated after the first time, or
	// unbounded.
	Repetitions int
	Start, End  time.Time
	Period      period
}

// parseInterval parses an interval of the form R[n]/start/period, R[n]/start/end or
// R[n]/period/end, such as R/2025-04-22T08:00:00Z/P1D. R and R-1 both mean without end.
// Times must have a zone. Check an interval before you request it, because servers
// accept any text. Its error says what to write.
func parseInterval(s string) (interval, error) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return interval{}, errors.New("give an interval such as R/2025-04-22T08:00:00Z/P1D: repetitions, start and period")
	}
	repetitions, err := parseRepetitions(parts[0])
	if err != nil {
		return interval{}, err
	}
	i := interval{Repetitions: repetitions}
	switch startsP, endsP := strings.HasPrefix(parts[1], "P"), strings.HasPrefix(parts[2], "P"); {
	case startsP && endsP:
		return interval{}, errors.New("the interval has two periods; give a start or an end for one of them")
	case startsP:
		i.Period, err = parsePeriod(parts[1])
		i.End, err = parseInstant(parts[2], err)
	case endsP:
		i.Start, err = parseInstant(parts[1], nil)
		if err == nil {
			i.Period, err = parsePeriod(parts[2])
		}
	default:
		i.Start, err = parseInstant(parts[1], nil)
		i.End, err = parseInstant(parts[2], err)
		if err == nil && !i.Start.Before(i.End) {
			err = errors.New("the interval must end after its start")
		}
	}
	if err != nil {
		return interval{}, err
	}
	return i, nil
}

// parseRepetitions parses R, R-1 or Rn.
func parseRepetitions(s string) (int, error) {
	if s == "R" || s == "R-1" {
		return unbounded, nil
	}
	number, ok := strings.CutPrefix(s, "R")
	if !ok || !allDigits(number) {
		return 0, errors.New("the interval must begin with R, or R and the number of repetitions, such as R12")
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil {
		return 0, errors.New("the interval has too many repetitions; write R for no end")
	}
	return int(n), nil
}

var instant = pattern.New(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

// parseInstant parses a date and time with its zone. If err is not nil, it returns err.
func parseInstant(s string, err error) (time.Time, error) {
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !instant().MatchString(s) { // time.Parse accepts T8:00 and a comma
		return time.Time{}, fmt.Errorf("%.40q in the interval must be a date and time with its zone, such as 2025-04-22T08:00:00Z", s)
	}
	return t, nil
}

// A period is a duration of ISO 8601. Its days, weeks, months and years are those of
// the calendar, so their length in hours varies.
type period struct {
	Years, Months, Weeks, Days, Hours, Minutes, Seconds int
}

var periodPattern = pattern.New(`^P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?` +
	`(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$`)

// parsePeriod parses a duration such as P1M, which must not be zero.
func parsePeriod(s string) (period, error) {
	found := periodPattern().FindStringSubmatch(s)
	if found == nil || strings.HasSuffix(s, "T") {
		return period{}, fmt.Errorf("%.40q in the interval must be a period, such as P1D, P1W, P1M or PT1H", s)
	}
	var n [7]int
	for i := range n {
		n[i], _ = strconv.Atoi(found[i+1]) // 0 without the unit
	}
	p := period{n[0], n[1], n[2], n[3], n[4], n[5], n[6]}
	if p == (period{}) {
		return period{}, fmt.Errorf("the period %.40q in the interval must not be zero", s)
	}
	return p, nil
}

// allDigits reports whether s consists of decimal digits and is not empty.
func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
