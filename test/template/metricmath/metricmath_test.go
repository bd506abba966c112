package metricmath_test

import (
	"fmt"
	"testing"

	"github.com/opgrants/opgrants/test/template/metricmath"
)

var none = metricmath.Missing

// The examples of IF are those of the CloudWatch User Guide.
func TestWhatTheGuideSays(t *testing.T) {
	for _, tc := range []struct {
		expression string
		want       metricmath.Series
	}{
		{"m1 + m2", metricmath.Series{31, 1, 0, 0, 30}},
		{"m1 * 2", metricmath.Series{2, 2, 0, 0, none}},
		{"m2 / m1", metricmath.Series{30, 0, none, none, none}},
		{"m1 + m2 * 2", metricmath.Series{61, 1, 0, 0, 60}},
		{"m2 >= 30", metricmath.Series{1, none, 0, 0, 1}},
		{"IF(m1, m2, m3)", metricmath.Series{30, 0, 20, none, none}},
		{"IF(m1, 5, m3)", metricmath.Series{5, 5, 20, none, none}},
		{"IF(m1, m2, 5)", metricmath.Series{30, 0, 5, 5, none}},
		{"IF(m2 >= 30, 100 * m2 / m1, 0)", metricmath.Series{3000, none, 0, 0, 0}},
		{"FILL(m2, 7)", metricmath.Series{30, 7, 0, 0, 30}},
		{"FILL(empty, 7)", metricmath.Series{none, none, none, none, none}},
		{"FILL(empty, 0) + m2", metricmath.Series{30, none, 0, 0, 30}},
	} {
		if got := evaluate(t, tc.expression, false); fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("%s is %v, want %v", tc.expression, got, tc.want)
		}
	}
	if got := evaluate(t, "FILL(empty, 7)", true); fmt.Sprint(got) != "[7 7 7 7 7]" {
		t.Errorf("a series without a value is filled with %v", got)
	}
}

func evaluate(t *testing.T, expression string, fillsEmpty bool) metricmath.Series {
	t.Helper()
	e := example(fillsEmpty)
	if err := e.Add("result", expression); err != nil {
		t.Fatal(err)
	}
	return e.Series["result"]
}

func example(fillsEmpty bool) *metricmath.Evaluator {
	return &metricmath.Evaluator{FillsEmpty: fillsEmpty, Series: map[string]metricmath.Series{
		"m1": {1, 1, 0, 0, none}, "m2": {30, none, 0, 0, 30}, "m3": {0, 0, 20, none, 20}, "empty": {none, none, none, none, none},
	}}
}

func TestWhatIsNotKnownIsRefused(t *testing.T) {
	for _, expression := range []string{"", "5", "m1 - m2", "m4", "SUM(m1)", "IF(m1, m2)", "m1 + ", "m1 m2", "FILL(m1, REPEAT)", "FILL(m1, m2)", "m1 > 5",
		"m1 >= m2", "IF(1, m1, m2)", "(m1", "fill(m1, 0)", "'m1'", "M1"} {
		if err := example(false).Add("result", expression); err == nil {
			t.Errorf("%q was evaluated", expression)
		}
	}
}
