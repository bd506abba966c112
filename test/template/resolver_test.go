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

	"github.com/opgrants/opgrants/test/template"
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
	case "!And":
		return !slices.ContainsFunc(condition.Content, func(c *yaml.Node) bool { return !r.holds(c) })
	case "!Condition":
		return r.holds(member(r.conditions, condition.Value))
	}
	r.t.Fatalf("line %d: %s is unknown", condition.Line, condition.Tag)
	return false
}

// environment is that of a function.
func (r resolver) environment(function string) map[string]string {
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
	return all
}

// versioned is what a version of a function keeps of the parameters: its
// environment, and whether X-Ray gets its traces, if that is a parameter.
func (r resolver) versioned(function string) map[string]string {
	r.t.Helper()
	all := r.environment(function)
	if member(templateNode(r.t, "Resources", function, "Properties"), "Tracing") == nil {
		traced := r.value(templateNode(r.t, "Globals", "Function", "Tracing"))
		all["tracing"] = map[string]string{"Active": "true", "PassThrough": "false"}[traced]
	}
	return all
}

// configuration is the content whose number is in the description of a
// function's version.
func (r resolver) configuration(function string) string {
	r.t.Helper()
	return r.value(templateNode(r.t, "Resources", function+"Configuration", "Properties", "Content"))
}
