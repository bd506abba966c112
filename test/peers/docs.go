// Package peers finds and starts what the tests check this program against: the
// official Open Payments packages, Amazon's DynamoDB engine, an emulated AWS,
// SAM, Lambda's runtime interface emulator, linters, a browser. `make tools`
// installs them, pinned, in .tools/. A test that needs one has the build tag
// tools, and fails where the peer is not installed.
//
// `make local` starts two of them as well: their commands need no tag.
//
// Servers listen on the loopback interface only, are ready when a function
// returns, and stop when the test ends.
package peers
