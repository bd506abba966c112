package template_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/template"
)

// others are further values of parameters, of which each makes another stack.
var others = map[string][]string{
	"ReturnUrls":             {"https://a.example/x", "https://a.example/y"},
	"OwnerBy":                {"role"},
	"AllowUnboundGrants":     {"true"},
	"SigningKeySecretArn":    {"arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEg"},
	"SigningKeyKmsKeyArn":    {"arn:aws:kms:eu-west-1:123456789012:key/1234"},
	"CustomerManagedKey":     {"true"},
	"PermissionsBoundaryArn": {"arn:aws:iam::123456789012:policy/boundary"},
	"JwtIssuer":              {"https://idp.example"},
	"JwtAudience":            {"shop"},
	"JwtScope":               {""},
	"DomainName":             {"grants.a.example", "grants.b.example"},
	"CertificateArn":         {"arn:aws:acm:eu-west-1:123456789012:certificate/1234"},
	"PublicUrl":              {"https://grants.a.example", "https://grants.b.example", "https://grants.b.example/x"},
	"Architecture":           {"x86_64"},
	"GradualDeployment":      {"true"},
	"LogLevel":               {"DEBUG", "WARNING", "ERROR"},
	"LogRetentionDays":       {"7"},
	"AlarmTopicArn":          {"arn:aws:sns:eu-west-1:123456789012:alarms"},
}

// CloudFormation publishes a version when its description is another one. So
// each value of a parameter that a function reads must give another, and none
// that it does not.
func TestAFunctionHasAnotherVersionWhenItsVariablesAreOthers(t *testing.T) {
	if got, want := slices.Sorted(maps.Keys(others)), slices.Sorted(maps.Keys(template.Read(t).Parameters)); !slices.Equal(got, want) {
		t.Fatalf("tried are %v, want %v", got, want)
	}
	for _, function := range functionNames(t) {
		read := 0
		for name, values := range others {
			seen := map[string]string{} // environments by description
			for _, value := range append(values, fmt.Sprint(template.Read(t).Parameters[name].Default)) {
				r := newResolver(t, map[string]string{name: value})
				description, environment := r.versionDescription(function), r.environment(function)
				if before, ok := seen[description]; ok && before != environment {
					t.Errorf("%s has the same version with another %s", function, name)
				}
				seen[description] = environment
			}
			environments := slices.Compact(slices.Sorted(maps.Values(seen)))
			if len(environments) != len(seen) {
				t.Errorf("%s has another version with another %s, which it does not read", function, name)
			}
			if len(environments) > 1 {
				read++
			}
		}
		if read < 2 { // the secret and the level of its log
			t.Errorf("%s reads %d parameters", function, read)
		}
	}
}

// Lambda allows 256 characters.
func TestTheLongestDescriptionOfAVersionFits(t *testing.T) {
	longest := map[string]string{}
	for name, p := range template.Read(t).Parameters {
		longest[name] = strings.Repeat("x", cmp.Or(p.MaxLength, 256)) // one without a bound has no place in it
		for i, value := range p.AllowedValues {
			if i == 0 || len(fmt.Sprint(value)) > len(longest[name]) {
				longest[name] = fmt.Sprint(value)
			}
		}
	}
	longest["SigningKeySecretArn"] = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:" + strings.Repeat("n", 33) + "-AbCdEf"
	longest["PublicUrl"] = "https://" + longest["PublicUrl"][len("https://"):]
	for _, without := range []string{"", "PublicUrl"} {
		values := maps.Clone(longest)
		if without != "" {
			values[without] = ""
		}
		for _, function := range functionNames(t) {
			if d := newResolver(t, values).versionDescription(function); len(d) > 256 {
				t.Errorf("%s has a description of %d characters: %s", function, len(d), d)
			}
		}
	}
}

func functionNames(t *testing.T) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(template.Resources[function](t, template.Read(t), "AWS::Serverless::Function")))
}

// An outsider can make a function answer an error, but not a version crash that
// works; and who still has the version before is no reason to go back to it.
func TestAGradualDeploymentIsTakenBackForErrorsOfTheNewVersion(t *testing.T) {
	from := template.Read(t)
	for name, f := range template.Resources[function](t, from, "AWS::Serverless::Function") {
		p := f.DeploymentPreference
		if name == "KeepGrants" { // once an hour: a tenth of that would be nothing
			if p != nil {
				t.Errorf("%s is deployed gradually", name)
			}
			continue
		}
		if p == nil || p.Enabled != "GradualDeployment" || p.Type != "Canary10Percent10Minutes" ||
			fmt.Sprint(p.Role, p.Alarms) != "[Gradual DeploymentRole.Arn AWS::NoValue] [Gradual ["+name+"NewErrors] []]" {
			t.Errorf("%s is deployed with %+v", name, p)
		}
		a := readAlarms(t)[name+"NewErrors"]
		want := "AWS/Lambda Errors [{FunctionName " + name + "} {Resource ${" + name + "}:live} {ExecutedVersion " + name + ".Version.Version}]"
		if got := fmt.Sprint(a.Namespace, " ", a.MetricName, " ", a.Dimensions); got != want || from.Resources[name+"NewErrors"].Condition != "Gradual" {
			t.Errorf("%s is taken back for %s, want %s", name, got, want)
		}
	}
}
