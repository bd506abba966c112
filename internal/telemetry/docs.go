// Package telemetry writes structured logs and metrics: one JSON object a line, with the
// field names of Powertools for AWS Lambda, so that the queries and dashboards
// written for those work here too. What is known of a request (its correlation
// id, the grant's id) travels in the context and is on each of its lines.
package telemetry
