// Package metricmath evaluates the metric math of CloudWatch's alarms, for tests:
// no emulator does. It knows only what template.yaml uses, and refuses the rest. What
// it does is described in the CloudWatch User Guide, "Using metric math":
//
//   - Arithmetic of two series takes a value that is missing in one of them as 0.
//     Where both are missing there is no result. A division by zero is dropped.
//   - A comparison with a number gives 1 or 0, and nothing where the value is missing.
//   - IF(condition, then, else) gives then where the condition is not 0, also if then is
//     missing there: 0. Where the condition is missing there is no result.
//   - FILL(series, number) gives the number where the series has no value.
//
// The guide does not say what FILL gives of a metric that has no value at all. So a
// test must try both: see [Evaluator.FillsEmpty].
package metricmath
