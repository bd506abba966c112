// Package own checks what the service receives and answers against its own
// description, docs/openapi.yaml. Tests put it around the handler of the HTTP
// interface, or as a proxy before a process.
package own
