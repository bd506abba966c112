// Package template reads template.yaml, for tests. Its own tests hold the
// template to what the functions read, do and count, to its documents, and to
// the linters.
package template

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/test/peers"
)

// A Template is template.yaml, in which !Ref and the like are read as their
// arguments.
type Template struct {
	Parameters map[string]Parameter
	Metadata   struct {
		Interface struct {
			ParameterGroups []struct{ Parameters []string }
		} `json:"AWS::CloudFormation::Interface"`
	}
	Globals struct {
		Function struct {
			Timeout       int // seconds
			LoggingConfig struct{ LogFormat, ApplicationLogLevel string }
			Environment   struct{ Variables map[string]any }
		}
	}
	Resources map[string]struct {
		Type                string
		Condition           string
		DependsOn           []string
		DeletionPolicy      string
		UpdateReplacePolicy string
		Properties          json.RawMessage
	}
	Outputs map[string]struct{ Description string }
}

var document struct {
	sync.Mutex
	*yaml.Node
}

// Document is template.yaml with its !Ref and the like. It is read once, and not
// to be changed.
func Document(t testing.TB) *yaml.Node {
	t.Helper()
	document.Lock()
	defer document.Unlock()
	if document.Node == nil {
		text, err := os.ReadFile(filepath.Join(peers.Root(t), "template.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		document.Node = &yaml.Node{}
		if err := yaml.Unmarshal(text, document.Node); err != nil {
			t.Fatal(err)
		}
	}
	return document.Node
}

var whole struct {
	sync.Mutex
	*Template
}

// Read is template.yaml. It is read once, and not to be changed.
func Read(t testing.TB) *Template {
	t.Helper()
	whole.Lock()
	defer whole.Unlock()
	if whole.Template == nil {
		whole.Template = decode(t, Document(t))
	}
	return whole.Template
}

func decode(t testing.TB, from *yaml.Node) *Template {
	t.Helper()
	var members any
	if err := from.Decode(&members); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(members) // whose decoder knows fields by their Go names
	if err != nil {
		t.Fatal(err)
	}
	var read Template
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return &read
}

// Resources are the properties of all resources of a type, by name.
func Resources[T any](t testing.TB, from *Template, kind string) map[string]T {
	t.Helper()
	all := map[string]T{}
	for name, r := range from.Resources {
		if r.Type != kind {
			continue
		}
		var properties T
		if err := json.Unmarshal(r.Properties, &properties); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = properties
	}
	if len(all) == 0 {
		t.Fatalf("template.yaml has no %s", kind)
	}
	return all
}
