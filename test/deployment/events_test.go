//go:build tools

package deployment_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// Each event of events/ is one that `sam local invoke` takes as it is. Where no
// Docker engine can be had the functions get them under the emulator alone.
func TestTheEventsCanBeInvokedLocally(t *testing.T) {
	invoke := invokeEmulated
	if host, err := dockerEngine(t); err == nil {
		template := templateWith(t, "AWS_ENDPOINT_URL", "http://127.0.0.1:9001") // inside of the container the runtime API: it answers 404 at once
		invoke = samLocal{host, template}.invoke
	} else {
		t.Logf("without sam local, under the emulator alone: %v", err)
	}
	var seen []string
	for _, tc := range []struct{ function, event, want string }{
		{"RequestGrant", "request-grant.json", "return_urls_missing"}, // before it calls anybody
		{"FinishCallback", "finish-callback.json", "store_unavailable"},
		{"ManageGrant", "get-grant.json", "store_unavailable"},
		{"ManageGrant", "get-token.json", "store_unavailable"},
		{"ManageGrant", "delete-grant.json", "store_unavailable"},
		{"KeepGrants", "keep-grants.json", "read the grants that are due"},
	} {
		seen = append(seen, tc.event)
		t.Run(tc.event, func(t *testing.T) {
			t.Parallel() // they mostly wait
			invoke(t, tc.function, tc.event).wantsUnavailable(t, tc.want)
		})
	}
	files, err := filepath.Glob(filepath.Join(peers.Root(t), "events", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.Contains(seen, filepath.Base(file)) {
			t.Errorf("%s was not invoked", file)
		}
	}
}

// wantsUnavailable: nothing of AWS can be reached, and the function says so.
func (a answer) wantsUnavailable(t *testing.T, want string) {
	t.Helper()
	if a.StatusCode != http.StatusServiceUnavailable && a.ErrorMessage == "" || !strings.Contains(a.Body+a.ErrorMessage, want) {
		t.Errorf("%+v, want %s", a, want)
	}
}

type samLocal struct{ dockerHost, template string }

func (l samLocal) invoke(t *testing.T, function, event string) (got answer) {
	out := sam(t, []string{"DOCKER_HOST=" + l.dockerHost}, "local", "invoke", function, "--template", l.template, "--skip-pull-image",
		"--event", filepath.Join(peers.Root(t), "events", event), "--parameter-overrides", "Architecture="+peers.Architecture())
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return got
}

func invokeEmulated(t *testing.T, function, event string) (got answer) {
	nothing := httptest.NewServer(http.NotFoundHandler())
	defer nothing.Close()
	f := emulate(t, function, "AWS_REGION="+region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_ENDPOINT_URL="+nothing.URL, "GRANTS_TABLE=grants", "SIGNING_KEY_SECRET=key", "PUBLIC_URL=https://grants.example")
	f.send(t, readEvent(t, event), &got)
	return got
}
