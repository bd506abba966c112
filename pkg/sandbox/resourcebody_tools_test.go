//go:build tools

package sandbox_test

import "testing"

func TestTheOfficialValidatorRefusesWhatTheSandboxRefuses(t *testing.T) {
	var requests []m
	for _, c := range describedRequests {
		headers := m{"content-type": "application/json", "signature": "sig1=:x:", "signature-input": "sig1=()"}
		if c.unsigned {
			headers = m{"content-type": "application/json"}
		}
		requests = append(requests, m{"method": c.method, "path": c.path, "query": c.query, "body": c.body, "headers": headers})
	}
	var messages []string
	askNode(t, "testdata/validate.mjs", m{"requests": requests}, &messages)
	if len(messages) != len(describedRequests) {
		t.Fatalf("%d messages for %d requests", len(messages), len(describedRequests))
	}
	for i, c := range describedRequests {
		if isValid := messages[i] == ""; isValid != (c.valid != c.differs) {
			t.Errorf("%s: %s %s?%s %s: the official validator says %q", c.name, c.method, c.path, c.query, c.body, messages[i])
		}
	}
}
