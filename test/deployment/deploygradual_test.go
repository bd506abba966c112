//go:build tools

package deployment_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
	"github.com/opgrants/opgrants/test/template"
)

// A translated template is what CloudFormation deploys: SAM's resources as the
// transform makes them. The emulator does not know CodeDeploy.
type translated struct {
	Resources map[string]struct {
		Type         string
		UpdatePolicy any
		Properties   map[string]any
	}
}

func translate(t *testing.T, parameters ...string) translated {
	t.Helper()
	return translateFile(t, "../../template.yaml", parameters...)
}

func translateFile(t *testing.T, path string, parameters ...string) translated {
	t.Helper()
	python := filepath.Join(filepath.Dir(peers.SAM(t)), "python")
	cmd := exec.CommandContext(t.Context(), python, append([]string{"testdata/translate.py", path}, parameters...)...)
	var log bytes.Buffer
	cmd.Stderr = &log
	cmd.Env = append(cmd.Environ(), "AWS_DEFAULT_REGION="+region)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &log)
	}
	var template translated
	if err := json.Unmarshal(out, &template); err != nil {
		t.Fatal(err)
	}
	return template
}

// of are the names of all resources of a type.
func (t translated) of(kind string) (names []string) {
	for name, r := range t.Resources {
		if r.Type == kind {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

const deploymentGroup = "AWS::CodeDeploy::DeploymentGroup"

func TestOnlyAGradualDeploymentHasDeploymentGroups(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"false", "true"} {
		template := translate(t, "GradualDeployment="+value)
		var want []string
		for _, function := range functions {
			alias := template.Resources[function+"Aliaslive"]
			if alias.Type != "AWS::Lambda::Alias" {
				t.Fatalf("%s has no alias: %v", function, slices.Sorted(maps.Keys(template.Resources)))
			}
			if value == "false" || function == "FindDue" || function == "KeepGrants" {
				if alias.UpdatePolicy != nil {
					t.Errorf("GradualDeployment=%s moves the alias of %s by %v", value, function, alias.UpdatePolicy)
				}
				continue
			}
			group := function + "DeploymentGroup"
			want = append(want, group)
			is(t, function+": the alias", alias.UpdatePolicy, `{"CodeDeployLambdaAliasUpdate":`+
				`{"ApplicationName":{"Ref":"ServerlessDeploymentApplication"},"DeploymentGroupName":{"Ref":"`+group+`"}}}`)
			for name, property := range map[string]string{
				"AlarmConfiguration":        `{"Fn::If":["Gradual",{"Alarms":[{"Name":{"Ref":"` + function + `NewErrors"}}],"Enabled":true},{}]}`,
				"ServiceRoleArn":            `{"Fn::If":["Gradual",{"Fn::GetAtt":["DeploymentRole","Arn"]},{"Ref":"AWS::NoValue"}]}`,
				"AutoRollbackConfiguration": `{"Enabled":true,"Events":["DEPLOYMENT_FAILURE","DEPLOYMENT_STOP_ON_ALARM","DEPLOYMENT_STOP_ON_REQUEST"]}`,
			} {
				is(t, group+": "+name, template.Resources[group].Properties[name], property)
			}
		}
		slices.Sort(want)
		if got := template.of(deploymentGroup); !slices.Equal(got, want) {
			t.Errorf("GradualDeployment=%s has %v, want %v", value, got, want)
		}
		if got, want := template.of("AWS::IAM::Role"), roleNames(t); !slices.Equal(got, want) {
			t.Errorf("GradualDeployment=%s has the roles %v, want only template.yaml's own %v", value, got, want)
		}
	}
}

func roleNames(t *testing.T) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(template.Resources[struct{}](t, template.Read(t), "AWS::IAM::Role")))
}

// is compares a part of a template with JSON.
func is(t *testing.T, what string, got any, want string) {
	t.Helper()
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != want {
		t.Errorf("%s is %s, want %s", what, text, want)
	}
}
