// Package functions has the Lambda functions, a folder each. Its tests run them
// as they are deployed: built by SAM, started by Lambda's runtime interface
// emulator, by `sam local`, and by `sam deploy` into an emulated AWS. They have
// the build tag tools. What can be told of template.yaml by reading it is tested
// in internal/template.
package functions
