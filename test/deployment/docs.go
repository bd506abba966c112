// Package deployment tests the functions as they are deployed: built by SAM,
// started by Lambda's runtime interface emulator, by `sam local`, and by
// `sam deploy` into an emulated AWS. Its tests have the build tag tools. What
// can be told by reading template.yaml is tested in test/template.
package deployment
