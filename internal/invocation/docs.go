// Package invocation is what the invocations of every Lambda function have in
// common: what names each of them in the log, and that it ends before Lambda
// stops it.
package invocation
