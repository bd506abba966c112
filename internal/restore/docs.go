// Package restore writes back to a table what a copy of it has and it lacks. The copy
// is what DynamoDB makes of a point in time. Nothing that the table has is changed.
package restore
