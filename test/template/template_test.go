package template_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/test/template"
)

// What a function is told it must also read, under the same name.
func TestEveryVariableIsOneThatTheFunctionsRead(t *testing.T) {
	read := map[string]bool{}
	get := func(name string) string { read[name] = true; return "" }
	_, _ = config.FromEnv(get)
	_, _ = config.PlannerFromEnv(get)
	from := template.Read(t)
	set := maps.Clone(from.Globals.Function.Environment.Variables)
	for _, f := range template.Resources[function](t, from, "AWS::Serverless::Function") {
		maps.Copy(set, f.Environment.Variables)
	}
	for name := range set {
		if !read[name] {
			t.Errorf("%s is set and never read; read are %v", name, slices.Sorted(maps.Keys(read)))
		}
		if strings.HasPrefix(name, "INSECURE_") {
			t.Errorf("%s is for development only", name)
		}
	}
}
