package template_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/test/template"
)

// A metric is one in CloudWatch, as an alarm or a dashboard asks for it.
type metric struct {
	Namespace, MetricName string
	Dimensions            []struct{ Name, Value string }
}

// A counted metric is one as the functions write it.
type counted struct {
	names      map[string]bool // those of internal/grant/metric.go
	namespace  string
	service    any        // as template.yaml names it
	dimensions [][]string // the sets of which a metric has one
}

func readCounted(t *testing.T) counted {
	t.Helper()
	variables := template.Read(t).Globals.Function.Environment.Variables
	is := counted{names: constants(t), service: variables["POWERTOOLS_SERVICE_NAME"]}
	configured, err := config.FromEnv(func(name string) string {
		switch name {
		case "POWERTOOLS_METRICS_NAMESPACE":
			namespace, _ := variables[name].(string)
			return namespace
		case "GRANTS_TABLE", "SIGNING_KEY_SECRET", "AWS_REGION":
			return "any"
		}
		return ""
	})
	if err != nil {
		t.Fatal(err)
	}
	var line bytes.Buffer
	counter := telemetry.Counter{Out: &line, Namespace: configured.Telemetry.Namespace, Service: "any"}
	counter.Count(string(grant.GrantFailed), grant.FailureNeverClaimed, 1)
	var written struct {
		AWS struct {
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
			}
		} `json:"_aws"`
	}
	if err := json.Unmarshal(line.Bytes(), &written); err != nil {
		t.Fatal(err)
	}
	for _, directive := range written.AWS.CloudWatchMetrics {
		is.namespace, is.dimensions = directive.Namespace, directive.Dimensions
	}
	return is
}

// constants are the values of all constants of the type Metric.
func constants(t *testing.T) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "../../internal/grant/metric.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Metric" {
			t.Errorf("%s is no Metric", spec.Names[0].Name)
		}
		for _, value := range spec.Values {
			name, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values[name] = true
		}
		return true
	})
	if len(values) < 2 {
		t.Fatal("internal/grant/metric.go has no metrics")
	}
	return values
}

// check reports a metric of ours that the functions do not write.
func (c counted) check(t *testing.T, asked metric) {
	t.Helper()
	if asked.Namespace != c.namespace {
		t.Errorf("%s is in the namespace %s, the functions write to %s", asked.MetricName, asked.Namespace, c.namespace)
	}
	if !c.names[asked.MetricName] {
		t.Errorf("%s is not in internal/grant/metric.go", asked.MetricName)
	}
	var names []string
	for _, d := range asked.Dimensions {
		names = append(names, d.Name)
		if d.Name == telemetry.KeyService && d.Value != c.service {
			t.Errorf("%s is of the service %s, the functions' is %s", asked.MetricName, d.Value, c.service)
		}
	}
	if !slices.ContainsFunc(c.dimensions, func(set []string) bool { return slices.Equal(set, names) }) {
		t.Errorf("%s has the dimensions %v, the functions write %v", asked.MetricName, names, c.dimensions)
	}
}
