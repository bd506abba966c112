// Package cloud wires the service for AWS Lambda: configuration, AWS clients,
// the store, the signing key, the client for wallets. The AWS clients are made
// without the SDK's config package, which alone costs 1.5 MB.
package cloud
