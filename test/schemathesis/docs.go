// Package schemathesis lets Schemathesis send what docs/openapi.yaml allows and
// forbids to `opgrants serve`.
package schemathesis
