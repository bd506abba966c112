// Package serve tests the files in deploy/serve with the programs that read them:
// systemd-analyze and Caddy. The image is built and run by the test of docs/serve.md.
package serve
