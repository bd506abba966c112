package sandbox

import (
	"math"
	"strconv"
	"time"
)

// A window is one of a grant's intervals: from start up to, but without, end, in
// Unix milliseconds. The zero window is all time.
type window struct{ start, end int64 }

func (w window) contains(ms int64) bool { return w.start <= ms && ms < w.end }

// A step is a period, by which one interval follows another. Its days, months and
// years are those of the calendar in UTC.
type step struct {
	months, days, ms int64
}

// windowAt finds the interval of an ISO 8601 repeating interval that a time is
// in: R[n]/start/end, R[n]/start/period, or R[n]/period/end, which repeats
// backwards. R and R-1 have no end, n is how often the interval is repeated after
// the first.
func windowAt(text string, now time.Time) (window, bool) {
	m := interval.FindStringSubmatch(text)
	if m == nil {
		return window{}, false
	}
	repetitions := int64(math.MaxInt64)
	if n := m[1]; n != "" && n != "-1" {
		var err error
		if repetitions, err = strconv.ParseInt(n, 10, 64); err != nil {
			return window{}, false
		}
	}
	start, hasStart := parseInstant(m[2])
	end, hasEnd := parseInstant(m[3])
	ms := now.UnixMilli()
	switch {
	case hasStart && hasEnd && start < end:
		return forward(window{start, end}, step{ms: end - start}, repetitions, ms)
	case hasStart && !hasEnd:
		by, ok := parseStep(m[3])
		if !ok {
			return window{}, false
		}
		return forward(window{start, by.after(start)}, by, repetitions, ms)
	case hasEnd && !hasStart:
		by, ok := parseStep(m[2])
		if !ok {
			return window{}, false
		}
		return backward(window{by.before(end), end}, by, repetitions, ms)
	}
	return window{}, false
}

// forward goes from interval to interval, each beginning where the last one
// ended: after one that ended on a 28 February for want of a 31st, the next ends
// on 28 March, as at the reference implementation.
func forward(w window, by step, repetitions, ms int64) (window, bool) {
	if ms < w.start {
		return window{}, false
	}
	if length := w.end - w.start; by.isFixed() {
		n := (ms - w.start) / length
		return window{w.start + n*length, w.end + n*length}, n <= repetitions
	}
	for ; repetitions > 0 && ms >= w.end; repetitions-- {
		w = window{w.end, by.after(w.end)}
	}
	return w, w.contains(ms)
}

// backward is the same from the last interval on.
func backward(w window, by step, repetitions, ms int64) (window, bool) {
	if ms >= w.end {
		return window{}, false
	}
	if length := w.end - w.start; by.isFixed() {
		n := (w.start - ms + length - 1) / length
		return window{w.start - n*length, w.end - n*length}, n <= repetitions
	}
	for ; repetitions > 0 && ms < w.start; repetitions-- {
		w = window{by.before(w.start), w.start}
	}
	return w, w.contains(ms)
}

// isFixed: in UTC a day is always as long.
func (s step) isFixed() bool { return s.months == 0 }

func (s step) after(ms int64) int64  { return s.add(ms, 1) }
func (s step) before(ms int64) int64 { return s.add(ms, -1) }

// add stays in the month that it gets to: 31 January and a month is the last of
// February.
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
