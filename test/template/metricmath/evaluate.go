package metricmath

import (
	"fmt"
	"math"
)

// Missing is the value of a series where it has none.
var Missing = math.NaN()

// A Series has a value for each period, which may be [Missing].
type Series []float64

func (s Series) isEmpty() bool {
	for _, v := range s {
		if !math.IsNaN(v) {
			return false
		}
	}
	return true
}

// An Evaluator has the series of an alarm by their ids. All are of one length.
type Evaluator struct {
	Series map[string]Series
	// FillsEmpty: FILL fills a series without any value too.
	FillsEmpty bool
}

// Add evaluates an expression and adds the result as the series id.
func (e *Evaluator) Add(id, expression string) error {
	n, err := parse(expression)
	if err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	v, err := e.value(n)
	if err == nil && v.series == nil {
		err = fmt.Errorf("%q is a number, and no series", expression)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	e.Series[id] = v.series
	return nil
}

// A value is a series, or a number if that is nil.
type value struct {
	series Series
	number float64
}

func (v value) at(i int) float64 {
	if v.series == nil {
		return v.number
	}
	return v.series[i]
}

func (e *Evaluator) value(n node) (value, error) {
	switch n.op {
	case "number":
		return value{number: n.number}, nil
	case "id":
		s, ok := e.Series[n.id]
		if !ok {
			return value{}, fmt.Errorf("there is no %s", n.id)
		}
		return value{series: s}, nil
	}
	var args []value
	length := 0
	for _, a := range n.args {
		v, err := e.value(a)
		if err != nil {
			return v, err
		}
		args, length = append(args, v), max(length, len(v.series))
	}
	switch {
	case length == 0:
		return value{}, fmt.Errorf("%s of numbers alone", n.op)
	case n.op == "FILL" && (args[0].series == nil || args[1].series != nil):
		return value{}, fmt.Errorf("FILL is known of a series and a number")
	case n.op == "FILL" && args[0].series.isEmpty() && !e.FillsEmpty:
		return args[0], nil
	case n.op == "IF" && args[0].series == nil, n.op == ">=" && (args[0].series == nil || args[1].series != nil):
		return value{}, fmt.Errorf("%s is known of a series first, and >= of a number then", n.op)
	}
	result := make(Series, length)
	for i := range result {
		at, known := make([]float64, len(args)), false
		for j, a := range args {
			at[j] = a.at(i)
			known = known || a.series != nil && !math.IsNaN(at[j])
		}
		if result[i] = Missing; known || n.op == "FILL" || n.op == "IF" {
			result[i] = operate(n.op, at)
		}
	}
	return value{series: result}, nil
}

// operate is an operation at one time, at which one series has a value at least.
func operate(op string, at []float64) float64 {
	first, second := at[0], at[1]
	switch op {
	case "FILL":
		return orElse(first, second)
	case "IF":
		switch {
		case math.IsNaN(first):
			return Missing
		case first != 0:
			return orElse(second, 0)
		}
		return at[2]
	case ">=":
		if first >= second {
			return 1
		}
		return 0
	}
	first, second = orElse(first, 0), orElse(second, 0)
	switch {
	case op == "+":
		return first + second
	case op == "*":
		return first * second
	case second == 0: // a division
		return Missing
	}
	return first / second
}

func orElse(v, other float64) float64 {
	if math.IsNaN(v) {
		return other
	}
	return v
}
