// Package telemetry writes structured logs and metrics: one JSON object per
// line, with the field names of Powertools for AWS Lambda, so that queries and
// dashboards written for those work here too. What is known about a request (its
// correlation id, the grant's id) is in the context, and on each of its lines. No
// line has a member twice, and secrets in texts are masked.
package telemetry
