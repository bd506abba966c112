package template_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/internal/template"
)

// templateNode is a part of template.yaml, with its !Ref and the like.
func templateNode(t *testing.T, path ...string) *yaml.Node {
	t.Helper()
	at := template.Document(t).Content[0]
	for _, key := range path {
		if at = member(at, key); at == nil {
			t.Fatalf("template.yaml has no %v", path)
		}
	}
	return at
}

// member is the value of a key, or nil.
func member(of *yaml.Node, key string) *yaml.Node {
	for i := 0; of.Kind == yaml.MappingNode && i < len(of.Content); i += 2 {
		if of.Content[i].Value == key {
			return of.Content[i+1]
		}
	}
	return nil
}

// A resolver knows the parameters of a stack, and works out what CloudFormation
// makes of a part of template.yaml.
type resolver struct {
	t          *testing.T
	parameters map[string]string
	conditions *yaml.Node
}

func newResolver(t *testing.T, with map[string]string) resolver {
	t.Helper()
	values := map[string]string{}
	for name, p := range template.Read(t).Parameters {
		values[name] = fmt.Sprint(p.Default)
	}
	maps.Copy(values, with)
	return resolver{t, values, templateNode(t, "Conditions")}
}

var inSub = regexp.MustCompile(`\$\{([^}]+)\}`)

// value is that of a scalar, or of an intrinsic function which makes one.
func (r resolver) value(n *yaml.Node) string {
	r.t.Helper()
	switch n.Tag {
	case "!Ref":
		return r.ref(n.Value)
	case "!GetAtt":
		return n.Value
	case "!If":
		if r.holds(member(r.conditions, n.Content[0].Value)) {
			return r.value(n.Content[1])
		}
		return r.value(n.Content[2])
	case "!Select":
		index, err := strconv.Atoi(n.Content[0].Value)
		if err != nil || n.Content[1].Tag != "!Split" {
			r.t.Fatalf("line %d: unknown", n.Line)
		}
		split := n.Content[1].Content
		return strings.Split(r.value(split[1]), split[0].Value)[index]
	case "!Sub":
		text, with := n, &yaml.Node{}
		if n.Kind == yaml.SequenceNode {
			text, with = n.Content[0], n.Content[1]
		}
		return inSub.ReplaceAllStringFunc(text.Value, func(s string) string {
			name := s[len("${") : len(s)-len("}")]
			if value := member(with, name); value != nil {
				return r.value(value)
			}
			return r.ref(name)
		})
	case "!!str":
		return n.Value
	}
	r.t.Fatalf("line %d: %s is unknown", n.Line, n.Tag)
	return ""
}

// ref is a parameter, or the name of something else.
func (r resolver) ref(name string) string {
	if value, ok := r.parameters[name]; ok {
		return value
	}
	return name
}

func (r resolver) holds(condition *yaml.Node) bool {
	r.t.Helper()
	switch condition.Tag {
	case "!Equals":
		return r.value(condition.Content[0]) == r.value(condition.Content[1])
	case "!Not":
		return !r.holds(condition.Content[0])
	}
	r.t.Fatalf("line %d: %s is unknown", condition.Line, condition.Tag)
	return false
}

// environment is that of a function, as one text.
func (r resolver) environment(function string) string {
	r.t.Helper()
	all := map[string]string{}
	for _, path := range [][]string{{"Globals", "Function"}, {"Resources", function, "Properties"}} {
		of := member(templateNode(r.t, path...), "Environment")
		if of == nil {
			continue
		}
		variables := member(of, "Variables").Content
		for i := 0; i < len(variables); i += 2 {
			all[variables[i].Value] = r.value(variables[i+1])
		}
	}
	return fmt.Sprint(all)
}

func (r resolver) versionDescription(function string) string {
	r.t.Helper()
	return r.value(templateNode(r.t, "Resources", function, "Properties", "VersionDescription"))
}

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
	longest := map[string]string{
		"SigningKeySecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:" + strings.Repeat("n", 33) + "-AbCdEf",
		"LogLevel":            "WARNING", "OwnerBy": "account",
	}
	for name, p := range template.Read(t).Parameters {
		if p.MaxLength > 0 {
			longest[name] = strings.Repeat("x", p.MaxLength)
		}
	}
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
