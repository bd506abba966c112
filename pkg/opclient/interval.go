package opclient

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
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

var instant = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

// parseInstant parses a date and time with its zone. If err is not nil, it returns err.
func parseInstant(s string, err error) (time.Time, error) {
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !instant.MatchString(s) { // time.Parse accepts T8:00 and a comma
		return time.Time{}, fmt.Errorf("%.40q in the interval must be a date and time with its zone, such as 2025-04-22T08:00:00Z", s)
	}
	return t, nil
}

// A period is a duration of ISO 8601. Its days, weeks, months and years are those of
// the calendar, so their length in hours varies.
type period struct {
	Years, Months, Weeks, Days, Hours, Minutes, Seconds int
}

// parsePeriod parses a duration such as P1M, which must not be zero.
func parsePeriod(s string) (period, error) {
	var p period
	date, clock, hasClock := strings.Cut(strings.TrimPrefix(s, "P"), "T")
	invalid := fmt.Errorf("%.40q in the interval must be a period, such as P1D, P1W, P1M or PT1H", s)
	if hasClock && clock == "" || !p.parse(date, "YMWD") || !p.parse(clock, "HMS") {
		return period{}, invalid
	}
	if p == (period{}) {
		return period{}, fmt.Errorf("the period %.40q in the interval must not be zero", s)
	}
	return p, nil
}

// parse sets the fields of p from numbers that each have a unit, and reports whether s
// is valid. units are the allowed units in their order.
func (p *period) parse(s, units string) bool {
	clock := units == "HMS"
	for s != "" {
		end := strings.IndexAny(s, units)
		if end < 1 || end > 6 || !allDigits(s[:end]) {
			return false
		}
		n, _ := strconv.Atoi(s[:end]) // six digits at most
		*p.field(s[end], clock) = n
		units = units[strings.IndexByte(units, s[end])+1:]
		s = s[end+1:]
	}
	return true
}

// field returns the field of a unit. M is minutes in the clock part, else months.
func (p *period) field(unit byte, clock bool) *int {
	switch {
	case unit == 'Y':
		return &p.Years
	case unit == 'M' && !clock:
		return &p.Months
	case unit == 'W':
		return &p.Weeks
	case unit == 'D':
		return &p.Days
	case unit == 'H':
		return &p.Hours
	case unit == 'M':
		return &p.Minutes
	default:
		return &p.Seconds
	}
}

// allDigits reports whether s consists of decimal digits and is not empty.
func allDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
