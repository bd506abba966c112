//go:build tools

package deployment_test

import (
	"net/url"
	"strings"
	"testing"
)

// logsNameTheGrant: each line about a request says which function answered it
// for which grant.
func (f *emulated) logsNameTheGrant(t *testing.T, id string) {
	t.Helper()
	lines := f.waitForLines("request", 1)
	if len(lines) == 0 {
		t.Errorf("%s logged no request:\n%s", f.name, f.output)
	}
	for i, line := range lines {
		if line["grant_id"] != id || line["function_name"] != f.name || line["service"] != "opgrants" ||
			line["correlation_id"] == nil || line["function_request_id"] == nil || line["cold_start"] != (i == 0) {
			t.Errorf("%s logged %v", f.name, line)
		}
	}
}

// logsTheWallet: each call that a run made of a wallet names run, grant and host.
func (f *emulated) logsTheWallet(t *testing.T, id, host string) {
	t.Helper()
	lines := f.waitForLines("wallet called", 1)
	if len(lines) == 0 {
		t.Errorf("%s logged no call:\n%s", f.name, f.output)
	}
	for _, line := range lines {
		if line["grant_id"] != id || line["correlation_id"] != line["function_request_id"] || line["message_id"] == nil || line["wallet_host"] != host || line["wallet_ms"] == nil {
			t.Errorf("%s logged %v", f.name, line)
		}
	}
}

// logsHaveNone: no secret of the run is in anything that was written.
func logsHaveNone(t *testing.T, all []*emulated, secrets []string) {
	t.Helper()
	if len(secrets) < 10 {
		t.Fatalf("only %d secrets to search for", len(secrets))
	}
	for _, f := range all {
		written := f.output.String()
		for _, secret := range secrets {
			for _, spelling := range []string{secret, url.QueryEscape(secret)} {
				if at := strings.Index(written, spelling); at >= 0 {
					t.Errorf("%s wrote a secret: …%s…", f.name, written[max(0, at-80):min(len(written), at+80)])
				}
			}
		}
	}
}
