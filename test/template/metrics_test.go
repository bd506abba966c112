package template_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
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
	names      map[string]bool // those of both files metric.go
	namespace  string
	service    any        // as template.yaml names it
	dimensions [][]string // the sets of which a metric has one
	ofFault    [][]string // those of [telemetry.ServerFault]
}

func readCounted(t *testing.T) counted {
	t.Helper()
	variables := template.Read(t).Globals.Function.Environment.Variables
	is := counted{names: map[string]bool{}, service: variables["POWERTOOLS_SERVICE_NAME"]}
	for _, of := range []string{"grant", "payment"} {
		maps.Copy(is.names, constants(t, "../../internal/"+of+"/metric.go"))
	}
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
	is.namespace, is.dimensions = written(t, &line)
	counter.Fault("any", "1", "any")
	_, is.ofFault = written(t, &line)
	return is
}

// written reads a line of the embedded metric format.
func written(t *testing.T, lines *bytes.Buffer) (namespace string, dimensions [][]string) {
	t.Helper()
	var line struct {
		AWS struct {
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
			}
		} `json:"_aws"`
	}
	if err := json.Unmarshal(lines.Bytes(), &line); err != nil || len(line.AWS.CloudWatchMetrics) != 1 {
		t.Fatalf("%v: %s", err, lines)
	}
	lines.Reset()
	return line.AWS.CloudWatchMetrics[0].Namespace, line.AWS.CloudWatchMetrics[0].Dimensions
}

// filtered are the metrics that CloudWatch counts in logs, with their dimensions.
func filtered(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, f := range template.Resources[metricFilter](t, template.Read(t), "AWS::Logs::MetricFilter") {
		for _, m := range f.MetricTransformations {
			for _, d := range m.Dimensions {
				all[m.MetricName] = append(all[m.MetricName], d.Key)
			}
		}
	}
	return all
}

type metricFilter struct {
	LogGroupName, FilterPattern string
	MetricTransformations       []struct {
		MetricNamespace, MetricName, MetricValue string
		Dimensions                               []struct{ Key, Value string }
	}
}

// constants are the values of all constants of the type Metric in a file.
func constants(t *testing.T, path string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, 0)
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
			return true
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
		t.Fatalf("%s has no metrics", path)
	}
	return values
}

// check reports a metric of ours that the functions do not write.
func (c counted) check(t *testing.T, asked metric) {
	t.Helper()
	if asked.Namespace != c.namespace {
		t.Errorf("%s is in the namespace %s, the functions write to %s", asked.MetricName, asked.Namespace, c.namespace)
	}
	sets := c.dimensions
	switch of := filtered(t)[asked.MetricName]; {
	case asked.MetricName == telemetry.ServerFault:
		sets = c.ofFault
	case of != nil:
		sets = [][]string{of}
	case !c.names[asked.MetricName]:
		t.Errorf("nothing counts %s", asked.MetricName)
	}
	var names []string
	for _, d := range asked.Dimensions {
		names = append(names, d.Name)
		if d.Name == telemetry.KeyService && d.Value != c.service {
			t.Errorf("%s is of the service %s, the functions' is %s", asked.MetricName, d.Value, c.service)
		}
	}
	if !slices.ContainsFunc(sets, func(set []string) bool { return slices.Equal(set, names) }) {
		t.Errorf("%s has the dimensions %v, the functions write %v", asked.MetricName, names, sets)
	}
}
