// Package invocation is what the invocations of a Lambda function have in
// common, whatever their events are: what names each in the log, and that it
// must end before Lambda ends it.
package invocation
