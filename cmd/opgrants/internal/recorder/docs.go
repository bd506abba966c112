// Package recorder records HTTP requests and answers as they were on the wire,
// with their secrets masked.
package recorder
