package template_test

import (
	"math"
	"regexp"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/test/template/metricmath"
)

const day = 86400 // seconds

// perRequest is how many of each metric there are for a request of the API, when all
// goes well. The figures are those of docs/costs.md, rounded.
var perRequest = map[string]float64{
	"invocations": 0.25, "requests": 1, "finished": 0.2, "requested": 0.2, "sent": 0.2, "completed": 0.2,
	"rotated": 0.05, "tasks": 0.05, "revoked": 0.02, "units": 4,
}

// triedAgain are the failures that are tried again after one hour, and then after two
// and four: see pause in internal/grant.
var triedAgain = []string{"KeepFailed", "CancelOwed"}

// calledAgain are the failures after which an app calls again, twice.
var calledAgain = []string{"RotationFailed"}

// never is what there is none of, when all goes well.
var never = map[string]bool{"partial": true, "unknown": true, "failed": true}

// fixed are the alarms that watch no share, each with the reason.
var fixed = map[string]string{
	"FindDueErrors":     "the schedule runs once a minute, whatever the traffic is",
	"FindDueMissed":     "likewise",
	"KeepBehind":        "it counts runs of the schedule",
	"ApiLatency":        "a percentile is a share",
	"OldestDue":         "a time",
	"DeadLetters":       "there should be none",
	"GrantsGivenUp":     "each needs an operator",
	"PaymentsUndecided": "each needs an operator",
}

// A trial is an alarm with the series of its metrics.
type trial struct {
	t      *testing.T
	alarm  alarm
	bad    []string // the ids of its metrics that count failures
	rest   []string
	period float64
	fills  bool // see [metricmath.Evaluator]
	series map[string]metricmath.Series
}

// newTrial has no data yet. Its series last so many days.
func newTrial(t *testing.T, a alarm, days float64, fills bool) *trial {
	t.Helper()
	r := &trial{t: t, alarm: a, fills: fills, series: map[string]metricmath.Series{}}
	var sum string
	for _, q := range a.Metrics {
		if q.MetricStat != nil {
			if r.period != 0 && r.period != float64(q.MetricStat.Period) || q.MetricStat.Stat != "Sum" {
				t.Fatalf("%s is a %s of %d s", q.ID, q.MetricStat.Stat, q.MetricStat.Period)
			}
			r.period = float64(q.MetricStat.Period)
		}
		if q.ID == "bad" {
			sum = q.Expression
		}
	}
	for _, q := range a.Metrics {
		if q.MetricStat == nil {
			continue
		}
		s := make(metricmath.Series, int(days*day/r.period))
		for i := range s {
			s[i] = metricmath.Missing
		}
		r.series[q.ID] = s
		if regexp.MustCompile(`\b` + q.ID + `\b`).MatchString(sum) {
			r.bad = append(r.bad, q.ID)
		} else {
			r.rest = append(r.rest, q.ID)
		}
	}
	if len(r.bad) == 0 || len(r.rest) == 0 || a.ComparisonOperator != "GreaterThanOrEqualToThreshold" || a.TreatMissingData != "notBreaching" {
		t.Fatalf("it watches no share: %+v", a)
	}
	return r
}

// spread adds n of a metric to each day, evenly, in some periods of the series. A
// period in which there is none has no value.
func (r *trial) spread(id string, perDay float64, from, to int) {
	s, sum := r.series[id], 0.0
	for i := range s {
		next := perDay * r.period / day * float64(i+1)
		n := math.Floor(next+1e-9) - sum
		sum += n
		if n > 0 && i >= from && i < to {
			s[i] = plus(s[i], n)
		}
	}
}

// fail spreads n failures a day, with those of the tries after them.
func (r *trial) fail(id string, perDay float64, from, to int) {
	r.spread(id, perDay, from, to)
	name := ""
	for _, q := range r.alarm.Metrics {
		if q.ID == id {
			name = q.MetricStat.Metric.MetricName
		}
	}
	s := r.series[id]
	for i, first := range slices.Clone(s) {
		if i < from || math.IsNaN(first) {
			continue
		}
		if slices.Contains(calledAgain, name) {
			s[i] += 2 * first
		}
		for _, hours := range []float64{1, 3, 7} {
			if j := i + int(hours*3600/r.period); slices.Contains(triedAgain, name) && j < to {
				s[j] = plus(s[j], first)
			}
		}
	}
}

func plus(v, n float64) float64 {
	if math.IsNaN(v) {
		return n
	}
	return v + n
}

// traffic is what there is of so many requests a day, when all goes well.
func (r *trial) traffic(requests float64, from, to int) {
	r.t.Helper()
	for _, id := range r.rest {
		if perRequest[id] == 0 && !never[id] {
			r.t.Fatalf("how often is %s?", id)
		}
		r.spread(id, requests*perRequest[id], from, to)
	}
}

// usual is how many there are a day of what the share is of.
func (r *trial) usual(requests float64) (n float64) {
	for _, id := range r.rest {
		n += requests * perRequest[id]
	}
	return n
}

// alarms are the periods at whose end the alarm is on.
func (r *trial) alarms() (on []bool) {
	r.t.Helper()
	e := &metricmath.Evaluator{Series: r.series, FillsEmpty: r.fills}
	var watched metricmath.Series
	for _, q := range r.alarm.Metrics {
		if q.Expression == "" {
			continue
		}
		if err := e.Add(q.ID, q.Expression); err != nil {
			r.t.Fatal(err)
		}
		if q.ReturnData == nil || *q.ReturnData {
			if watched != nil {
				r.t.Fatal("it watches two series")
			}
			watched = e.Series[q.ID]
		}
	}
	m := r.alarm.DatapointsToAlarm
	if m == 0 {
		m = r.alarm.EvaluationPeriods
	}
	for i := range watched {
		bad := 0
		for j := max(0, i-r.alarm.EvaluationPeriods+1); j <= i; j++ {
			if watched[j] >= r.alarm.Threshold { // not of a value that is missing
				bad++
			}
		}
		on = append(on, bad >= m)
	}
	return on
}

// Both sizes of a service that the alarms must be right for, in requests a day.
var sizes = []float64{100, 10_000_000}

// TestAlarmsAreRightForBothSizes evaluates the expressions of each alarm that watches
// a share. Values are missing wherever nothing happened, as they are in CloudWatch.
func TestAlarmsAreRightForBothSizes(t *testing.T) {
	shares := 0
	for name, a := range readAlarms(t) {
		if (fixed[name] != "") != (a.Metrics == nil) {
			t.Errorf("%s watches a share: %t, and is to watch a fixed number because %q", name, a.Metrics != nil, fixed[name])
		}
		if a.Metrics == nil {
			continue
		}
		shares++
		t.Run(name, func(t *testing.T) {
			for _, requests := range sizes {
				for _, fills := range []bool{false, true} {
					tryAlarm(t, a, requests, fills)
				}
			}
		})
	}
	if shares < 20 {
		t.Errorf("only %d alarms watch a share", shares)
	}
}

const days = 6

func tryAlarm(t *testing.T, a alarm, requests float64, fills bool) {
	t.Helper()
	fresh := func() *trial { return newTrial(t, a, days, fills) }
	all := len(fresh().series[fresh().bad[0]])
	third := all / 3

	r := fresh()
	if slices.Contains(r.alarms(), true) {
		t.Errorf("%.0f a day, fills %t: it is on without any data", requests, fills)
	}
	r.traffic(requests, 0, all)
	if slices.Contains(r.alarms(), true) {
		t.Errorf("%.0f a day, fills %t: it is on when all goes well", requests, fills)
	}

	// Of a large service, some always fails: a third of the share is no outage.
	if r.usual(requests)*r.period/day*a.Threshold/100 > 10 {
		r = fresh()
		r.traffic(requests, 0, all)
		r.spread(r.bad[0], r.usual(requests)*a.Threshold/100/3, 0, all)
		if slices.Contains(r.alarms(), true) {
			t.Errorf("%.0f a day, fills %t: it is on with a third of the share that it is to find", requests, fills)
		}
		r = fresh()
		r.traffic(requests, 0, all)
		r.spread(r.bad[0], 2*r.usual(requests)*a.Threshold/100/(1-2*a.Threshold/100), third, 2*third)
		if !slices.Contains(r.alarms(), true) {
			t.Errorf("%.0f a day, fills %t: it is off with twice the share that it is to find", requests, fills)
		}
	}

	// An outage of the middle third: each metric of failures alone, and nothing goes well.
	for _, id := range fresh().bad {
		r = fresh()
		r.traffic(requests, 0, third)
		r.fail(id, r.usual(requests), third, 2*third)
		r.traffic(requests, 2*third, all)
		on := r.alarms()
		began := slices.Index(on, true)
		first := third
		for math.IsNaN(r.series[id][first]) {
			first++
		}
		switch {
		case began < first || began >= 2*third:
			t.Errorf("%.0f a day, fills %t: in an outage from %d to %d in which the first %s is at %d, it is on from %d", requests, fills, third, 2*third, id, first, began)
		case slices.Contains(on[2*third+a.EvaluationPeriods:], true):
			t.Errorf("%.0f a day, fills %t: it stays on after the outage", requests, fills)
		case requests > 1e6 && began-first > 2*max(1, a.EvaluationPeriods):
			t.Errorf("it begins %d periods late", began-first)
		}
	}
}

// TestOneFailureOfASmallServiceIsNoOutage, but where its floor is one.
func TestOneFailureOfASmallServiceIsNoOutage(t *testing.T) {
	quiet := []string{"ApiServerErrors", "ApiThrottled", "CancelsOwed", "CalendarWriteThrottles", "GrantsFailed", "HashMismatches", "KeepFailed",
		"KeepGrantsErrors", "KeyRefused", "ListWriteThrottles", "PaymentsFailed", "RotationsFailed", "TableReadThrottles", "TableWriteThrottles"}
	for name, a := range readAlarms(t) {
		if a.Metrics == nil {
			continue
		}
		r := newTrial(t, a, days, false)
		all := len(r.series[r.bad[0]])
		r.traffic(100, 0, all)
		r.series[r.bad[0]][all/2] = 1
		if got := slices.Contains(r.alarms(), true); got == slices.Contains(quiet, name) {
			t.Errorf("%s is on: %t", name, got)
		}
	}
}

// A count of logs comes up to two minutes late, and FILL sets it to 0 until then: an
// alarm of short periods must look at more than the last one.
func TestAMetricThatComesLateIsSeen(t *testing.T) {
	for name, a := range readAlarms(t) {
		if a.Metrics == nil {
			continue
		}
		r := newTrial(t, a, 1, false)
		if late := float64(a.EvaluationPeriods-a.DatapointsToAlarm) * r.period; r.period < 3600 && late < 120 {
			t.Errorf("%s looks back %.0f s", name, late)
		}
	}
}
