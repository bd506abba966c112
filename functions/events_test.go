//go:build tools

package functions_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/internal/peers"
)

// Each event of events/ is one that `sam local invoke` takes as it is. Where no
// Docker engine can be had the functions get them under the emulator alone.
func TestTheEventsCanBeInvokedLocally(t *testing.T) {
	invoke := invokeEmulated
	if host, err := dockerEngine(t); err == nil {
		invoke = samLocal(t, host)
	} else {
		t.Logf("without sam local invoke, under the emulator alone: %v", err)
	}
	for _, tc := range []struct{ function, event, want string }{
		{"RequestGrant", "request-grant.json", "return_urls_missing"}, // before it calls anybody
		{"FinishCallback", "finish-callback.json", "store_unavailable"},
		{"ManageGrant", "get-grant.json", "store_unavailable"},
		{"ManageGrant", "get-token.json", "store_unavailable"},
	} {
		t.Run(tc.event, func(t *testing.T) {
			answer := invoke(t, tc.function, tc.event)
			if answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(answer.Body, tc.want) {
				t.Errorf("%d %s, want %s", answer.StatusCode, answer.Body, tc.want)
			}
		})
	}
}

type invocation func(t *testing.T, function, event string) events.APIGatewayV2HTTPResponse

// samLocal invokes with `sam local invoke`, in containers.
func samLocal(t *testing.T, dockerHost string) invocation {
	dir := build(t, hostArchitecture())
	template, err := os.ReadFile(filepath.Join(dir, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`(?m)^( +)GRANTS_TABLE:`)
	if !variable.Match(template) {
		t.Fatalf("no environment in\n%s", template)
	}
	local := filepath.Join(dir, "local.yaml")
	// Nothing of AWS can be reached. The runtime API, inside of the container, says
	// so at once: it answers 404.
	template = variable.ReplaceAll(template, []byte("${1}AWS_ENDPOINT_URL: http://127.0.0.1:9001\n${1}GRANTS_TABLE:"))
	if err := os.WriteFile(local, template, 0o600); err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, function, event string) (answer events.APIGatewayV2HTTPResponse) {
		out := sam(t, []string{"DOCKER_HOST=" + dockerHost}, "local", "invoke", function, "--template", local,
			"--event", filepath.Join(peers.Root(t), "events", event), "--skip-pull-image",
			"--parameter-overrides", "Architecture="+hostArchitecture())
		if err := json.Unmarshal([]byte(out), &answer); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return answer
	}
}

func invokeEmulated(t *testing.T, function, name string) events.APIGatewayV2HTTPResponse {
	nothing := httptest.NewServer(http.NotFoundHandler())
	defer nothing.Close()
	f := emulate(t, function, "AWS_REGION="+region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_ENDPOINT_URL="+nothing.URL, "GRANTS_TABLE=grants", "SIGNING_KEY_SECRET=key", "PUBLIC_URL=https://grants.example")
	return f.invoke(t, event(t, name, func(*events.APIGatewayV2HTTPRequest) {}))
}
