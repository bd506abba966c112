//go:build tools

package deployment_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
	"github.com/opgrants/opgrants/test/template"
)

// Each environment of samconfig.toml is enough to deploy a stack of its own,
// with parameters that the template has. CodeDeploy is nothing to the emulator,
// so that prod is planned, and not deployed.
func TestEachEnvironmentPlansAStackOfItsOwn(t *testing.T) {
	t.Parallel()
	built, env := buildWithoutCode(t), []string{"AWS_ENDPOINT_URL=" + peers.AWS(t)}
	known := template.Read(t).Parameters
	text, err := os.ReadFile(filepath.Join(peers.Root(t), "samconfig.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for environment, stack := range map[string]string{"default": "opgrants", "dev": "opgrants-dev", "prod": "opgrants-prod"} {
		t.Run(environment, func(t *testing.T) {
			out := sam(t, env, "deploy", "--config-file", filepath.Join(peers.Root(t), "samconfig.toml"), "--config-env", environment,
				"--region", region, "--template-file", built, "--no-confirm-changeset", "--no-execute-changeset", "--no-progressbar")
			if name := regexp.MustCompile(`Stack name +: (\S+)`).FindStringSubmatch(out); name == nil || name[1] != stack {
				t.Errorf("it deploys %v, want %s\n%s", name, stack, out)
			}
			// sam deploy --guided saves this prefix. With another, SAM would make other logical ids of the versions of
			// functions that have not changed, and Lambda publishes none of those.
			section := regexp.MustCompile(`(?m)^\[` + environment + `\.deploy\.parameters\]\n(?:[^\[\n].*\n)+`).Find(text)
			if !bytes.Contains(section, []byte("\ns3_prefix = \""+stack+"\"")) {
				t.Errorf("its s3_prefix is not %s: %s", stack, section)
			}
			if !bytes.Contains(section, []byte("\non_failure = \"DELETE\"")) {
				t.Errorf("a first deployment that fails blocks the next one: %s", section)
			}
			if !regexp.MustCompile(`\+ Add +RequestGrant `).MatchString(out) {
				t.Errorf("it plans\n%s", out)
			}
			overrides := regexp.MustCompile(`Parameter overrides +: (\{.*\})`).FindStringSubmatch(out)
			if overrides == nil {
				t.Fatalf("it does not say what it overrides:\n%s", out)
			}
			var values map[string]string
			if err := json.Unmarshal([]byte(overrides[1]), &values); err != nil {
				t.Fatal(err)
			}
			for name, value := range values {
				if p, ok := known[name]; !ok || !p.Allows(value) {
					t.Errorf("template.yaml has no %s that may be %q", name, value)
				}
			}
		})
	}
}
