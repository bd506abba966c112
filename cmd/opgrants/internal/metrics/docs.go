// Package metrics counts what `opgrants serve` does, and shows it to Prometheus. The
// events are those that the functions count for CloudWatch: each has the same name
// there, in another spelling.
package metrics
