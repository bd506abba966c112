// Package openapi checks requests and answers against the OpenAPI documents that
// the Open Payments project publishes: auth-server.yaml, resource-server.yaml and
// wallet-address-server.yaml. Tests of what this program sends, and of what its
// sandbox answers, share it.
package openapi
