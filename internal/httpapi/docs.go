// Package httpapi is the HTTP interface of the service. It has the table of
// routes, reads requests, checks who calls, and writes answers: JSON and problem
// details (RFC 9457) for an app, pages and redirects for a browser. It decides
// nothing about grants.
package httpapi
