// Package kms has the signing key that never leaves AWS KMS: a key of the spec
// ECC_NIST_EDWARDS25519, which signs with ED25519_SHA_512 over the raw message.
package kms
