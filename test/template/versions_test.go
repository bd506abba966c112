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
	"SigningKeyIn":           {"kms"},
	"SigningKmsKeyArn":       {"arn:aws:kms:eu-west-1:123456789012:key/1234"},
	"WalletAddress":          {"https://wallet.example/shop"},
	"KeyId":                  {"key-1"},
	"CustomerManagedKey":     {"true"},
	"PermissionsBoundaryArn": {"arn:aws:iam::123456789012:policy/boundary"},
	"JwtIssuer":              {"https://idp.example"},
	"JwtAudience":            {"shop"},
	"JwtScopeGrants":         {"", "opgrants/grants"},
	"JwtScopePayments":       {"", "opgrants/payments"},
	"JwtScopeTokens":         {"", "opgrants/tokens"},
	"Payments":               {"off"},
	"Payees":                 {"*", "https://wallet.example/shop"},
	"DomainName":             {"grants.a.example", "grants.b.example"},
	"CertificateArn":         {"arn:aws:acm:eu-west-1:123456789012:certificate/1234"},
	"PublicUrl":              {"https://grants.a.example", "https://grants.b.example", "https://grants.b.example/x"},
	"Architecture":           {"x86_64"},
	"GradualDeployment":      {"true"},
	"LogLevel":               {"DEBUG", "WARNING", "ERROR"},
	"LogRetentionDays":       {"7"},
	"AlarmTopicArn":          {"arn:aws:sns:eu-west-1:123456789012:alarms"},
	"ScheduleRate":           {"rate(5 minutes)"},
	"QueueLimit":             {"100", "10000"},
	"KeepBatchSize":          {"1"},
	"KeepConcurrency":        {"2"},
	"Build":                  {"v120"},
	"AlarmEmail":             {"ops@shop.example"},
	"Tracing":                {"true"},
	"FinishRate":             {"5"},
	"RequestRate":            {"5"},
	"PaymentRate":            {"5"},
	"OtherRate":              {"5"},
	"Burst":                  {"5"},
	"FinishConcurrency":      {"5"},
	"AppConcurrency":         {"5"},
}

// CloudFormation publishes a version when its description changes. That has the
// number of the function's configuration, which AppConfig increments when its
// content changes. So each value of a parameter that a function reads must change
// the content, and no other parameter may: Lambda publishes no version of a
// function that did not change, and the update fails.
func TestAFunctionHasAnotherVersionWhenItsVariablesAreOthers(t *testing.T) {
	if got, want := slices.Sorted(maps.Keys(others)), slices.Sorted(maps.Keys(template.Read(t).Parameters)); !slices.Equal(got, want) {
		t.Fatalf("tried are %v, want %v", got, want)
	}
	for _, function := range functionNames(t) {
		read := 0
		for name, values := range others {
			seen := map[string]string{} // environments by content
			for _, value := range append(values, fmt.Sprint(template.Read(t).Parameters[name].Default)) {
				r := newResolver(t, map[string]string{name: value})
				content, environment := r.configuration(function), fmt.Sprint(r.versioned(function))
				if before, ok := seen[content]; ok && before != environment {
					t.Errorf("%s has the same version with another %s", function, name)
				}
				seen[content] = environment
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

// The content is the environment itself and whether there are traces, so that
// none changes without the other. The name of the stack never changes.
func TestAConfigurationIsTheEnvironmentOfItsFunction(t *testing.T) {
	for _, function := range functionNames(t) {
		description := templateNode(t, "Resources", function, "Properties", "VersionDescription")
		if description.Tag != "!Sub" || description.Value != "configuration ${"+function+"Configuration}" {
			t.Errorf("a version of %s is described as %s %s", function, description.Tag, description.Value)
		}
		of := templateNode(t, "Resources", function+"Configuration", "Properties")
		if got := member(of, "ApplicationId").Value + " " + member(of, "ConfigurationProfileId").Value; got != "Configuration "+function+"Profile" {
			t.Errorf("the configuration of %s is of %s, whose numbers it shares", function, got)
		}
		for name, values := range others {
			for _, value := range values {
				r := newResolver(t, map[string]string{name: value})
				environment, content := r.versioned(function), map[string]string{}
				delete(environment, "POWERTOOLS_SERVICE_NAME")
				for line := range strings.Lines(r.configuration(function)) {
					variable, is, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
					content[variable] = is
				}
				if !maps.Equal(content, environment) {
					t.Errorf("with %s=%s the configuration of %s is\n%v\nand its environment\n%v", name, value, function, content, environment)
				}
			}
		}
	}
}

// Lambda allows 4 KB for the names and values of all variables, and AppConfig
// 1 MB for a configuration.
func TestTheLargestEnvironmentFits(t *testing.T) {
	longest := map[string]string{}
	for name, p := range template.Read(t).Parameters {
		longest[name] = strings.Repeat("x", cmp.Or(p.MaxLength, len(fmt.Sprint(p.MaxValue))))
		for i, value := range p.AllowedValues {
			if i == 0 || len(fmt.Sprint(value)) > len(longest[name]) {
				longest[name] = fmt.Sprint(value)
			}
		}
	}
	longest["SigningKeySecretArn"] = "arn:aws-us-gov:secretsmanager:ap-southeast-1:123456789012:secret:" + strings.Repeat("n", 256) + "-AbCdEf"
	// The template's rules let a stack have either the one or the others.
	inSecret, inKMS := maps.Clone(longest), maps.Clone(longest)
	inSecret["WalletAddress"], inSecret["KeyId"] = "", ""
	inKMS["SigningKeyIn"], inKMS["SigningKeySecretArn"] = "kms", ""
	for _, parameters := range []map[string]string{inSecret, inKMS} {
		environmentsFit(t, parameters)
	}
}

func environmentsFit(t *testing.T, parameters map[string]string) {
	t.Helper()
	for _, function := range functionNames(t) {
		size := 0
		for name, value := range newResolver(t, parameters).environment(function) {
			if name == "POWERTOOLS_SERVICE_NAME" || name == "GRANTS_TABLE" {
				value = strings.Repeat("x", map[string]int{"POWERTOOLS_SERVICE_NAME": 128, "GRANTS_TABLE": 128 + len("-GrantsTable-") + 13}[name]) // as CloudFormation makes them of the longest name of a stack
			}
			size += len(name) + len(value)
		}
		if size > 4096 {
			t.Errorf("the environment of %s may have %d bytes", function, size)
		}
	}
}

// With a Build, the logical id of a version is made of it alone, wherever the
// code lies; and SAM puts it into the description of the function, so that there
// is something to publish.
func TestEachFunctionIsPublishedByTheNameOfItsBuild(t *testing.T) {
	for _, function := range functionNames(t) {
		if by := templateNode(t, "Resources", function, "Properties", "AutoPublishCodeSha256"); by.Tag != "!Ref" || by.Value != "Build" {
			t.Errorf("%s is published by %s %s", function, by.Tag, by.Value)
		}
	}
	if build := template.Read(t).Parameters["Build"]; build.Allows("12345678901") || !build.Allows("1234567890") || build.Allows("1.2.0") {
		t.Error("SAM puts the first 10 characters into a logical id: two longer names would be the same build, and a dot is refused")
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
		if name == "FindDue" || name == "KeepGrants" { // nobody waits for them, and what one version could not do is tried again
			if p != nil {
				t.Errorf("%s is deployed gradually", name)
			}
			continue
		}
		if p == nil || p.Enabled != "GradualDeployment" || p.Type != "Canary10Percent10Minutes" ||
			fmt.Sprint(p.Role, p.Alarms) != "[Gradual DeploymentRole.Arn AWS::NoValue] [Gradual ["+name+"NewErrors] []]" {
			t.Errorf("%s is deployed with %+v", name, p)
		}
		var watched []string
		for _, m := range readAlarms(t)[name+"NewErrors"].metrics() {
			watched = append(watched, fmt.Sprint(m.Namespace, " ", m.MetricName, " ", m.Dimensions))
		}
		ofAWS := " [{FunctionName " + name + "} {Resource ${" + name + "}:live} {ExecutedVersion " + name + ".Version.Version}]"
		want := []string{"AWS/Lambda Errors" + ofAWS,
			"opgrants ServerFault [{function_name " + name + "} {function_version " + name + ".Version.Version}]", "AWS/Lambda Invocations" + ofAWS}
		if !slices.Equal(watched, want) || from.Resources[name+"NewErrors"].Condition != "Gradual" {
			t.Errorf("%s is taken back for %q, want %q", name, watched, want)
		}
	}
}
