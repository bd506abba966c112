// Package httpapi is the HTTP interface of the service: JSON in and out, problem
// details (RFC 9457), who may call, and what a browser gets at the end of an
// interaction. It decides nothing about grants.
package httpapi
