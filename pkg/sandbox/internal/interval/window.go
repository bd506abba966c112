// Package interval reads the repeating intervals of ISO 8601 that limit a grant.
package interval

import (
	"errors"
	"math"
	"strconv"
	"time"
)

// A Window is one of a grant's intervals, from Start up to, but without, End, in Unix
// milliseconds. The zero Window is all time.
type Window struct{ Start, End int64 }

func (w Window) contains(ms int64) bool { return w.Start <= ms && ms < w.End }

// A step is a period, by which one interval follows another. Its days, months and
// years are those of the calendar in UTC.
type step struct {
	months, days, ms int64
}

var errMalformed = errors.New("it is not a repeating interval of ISO 8601")

// At returns the interval that includes now, of an ISO 8601 repeating interval:
// R[n]/start/end, R[n]/start/period, or R[n]/period/end, which repeats backwards. R
// and R-1 have no end; n is how often the interval is repeated after the first. It
// returns false if no interval includes now, and an error if text is malformed.
func At(text string, now time.Time) (Window, bool, error) {
	m := pattern.FindStringSubmatch(text)
	if m == nil {
		return Window{}, false, errMalformed
	}
	repetitions := int64(math.MaxInt64)
	if n := m[1]; n != "" && n != "-1" {
		var err error
		if repetitions, err = strconv.ParseInt(n, 10, 64); err != nil {
			return Window{}, false, errMalformed
		}
	}
	start, hasStart := parseInstant(m[2])
	end, hasEnd := parseInstant(m[3])
	ms := now.UnixMilli()
	var w Window
	ok := false
	switch {
	case hasStart && hasEnd && start < end:
		w, ok = forward(Window{start, end}, step{ms: end - start}, repetitions, ms)
	case hasStart && !hasEnd:
		by, isPeriod := parseStep(m[3])
		if !isPeriod {
			return Window{}, false, errMalformed
		}
		w, ok = forward(Window{start, by.after(start)}, by, repetitions, ms)
	case hasEnd && !hasStart:
		by, isPeriod := parseStep(m[2])
		if !isPeriod {
			return Window{}, false, errMalformed
		}
		w, ok = backward(Window{by.before(end), end}, by, repetitions, ms)
	default:
		return Window{}, false, errMalformed
	}
	return w, ok, nil
}

// forward goes from interval to interval. Each begins where the last one ended: after
// one that ended on 28 February because there is no 31st, the next ends on 28 March,
// as at the reference implementation.
func forward(w Window, by step, repetitions, ms int64) (Window, bool) {
	if ms < w.Start {
		return Window{}, false
	}
	if length := w.End - w.Start; by.isFixed() {
		n := (ms - w.Start) / length
		return Window{w.Start + n*length, w.End + n*length}, n <= repetitions
	}
	for ; repetitions > 0 && ms >= w.End; repetitions-- {
		w = Window{w.End, by.after(w.End)}
	}
	return w, w.contains(ms)
}

// backward goes from the last interval to the ones before it.
func backward(w Window, by step, repetitions, ms int64) (Window, bool) {
	if ms >= w.End {
		return Window{}, false
	}
	if length := w.End - w.Start; by.isFixed() {
		n := (w.Start - ms + length - 1) / length
		return Window{w.Start - n*length, w.End - n*length}, n <= repetitions
	}
	for ; repetitions > 0 && ms < w.Start; repetitions-- {
		w = Window{by.before(w.Start), w.Start}
	}
	return w, w.contains(ms)
}

// isFixed reports whether all steps take the same time. In UTC all days do.
func (s step) isFixed() bool { return s.months == 0 }

func (s step) after(ms int64) int64  { return s.add(ms, 1) }
func (s step) before(ms int64) int64 { return s.add(ms, -1) }

// add adds the step, or subtracts it if sign is -1. It stays in the month that it
// reaches: 31 January and a month is the last day of February.
func (s step) add(ms, sign int64) int64 {
	t := time.UnixMilli(ms).UTC()
	year, month, day := t.Date()
	first := time.Date(year, month+time.Month(sign*s.months), 1, 0, 0, 0, 0, time.UTC)
	lastDay := first.AddDate(0, 1, -1).Day()
	date := first.AddDate(0, 0, min(day, lastDay)-1+int(sign*s.days))
	midnight := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return date.UnixMilli() + ms - midnight.UnixMilli() + sign*s.ms
}

func parseInstant(text string) (ms int64, ok bool) {
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UnixMilli(), err == nil
}

func parseStep(text string) (step, bool) {
	m := period.FindStringSubmatch(text)
	if m == nil {
		return step{}, false
	}
	var n [7]int64 // years, months, weeks, days, hours, minutes, seconds
	for i := range n {
		var err error
		if n[i], err = strconv.ParseInt("0"+m[i+1], 10, 64); err != nil || n[i] > 999_999 {
			return step{}, false
		}
	}
	s := step{months: 12*n[0] + n[1], days: 7*n[2] + n[3], ms: (3600*n[4] + 60*n[5] + n[6]) * 1000}
	return s, s != step{}
}
