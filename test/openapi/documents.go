package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// Documents are the parsed OpenAPI files of one folder.
type Documents struct {
	compiler   *jsonschema.Compiler
	operations map[string]operation // by operationId
}

// An operation is where a document describes it.
type operation struct {
	pointer string // "auth-server.yaml#/paths/~1/post"
	tree    map[string]any
	root    map[string]any // of its document
}

// Open reads all OpenAPI files in a folder. Formats are asserted.
func Open(folder string) (*Documents, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no OpenAPI file in %s", folder)
	}
	d := &Documents{compiler: jsonschema.NewCompiler(), operations: map[string]operation{}}
	d.compiler.DefaultDraft(jsonschema.Draft2020) // OpenAPI 3.1, section 4.8.24
	d.compiler.AssertFormat()
	for _, file := range files {
		if err := d.add(file); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	return d, nil
}

func (d *Documents) add(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var parsed map[string]any
	if err := yaml.Unmarshal(text, &parsed); err != nil {
		return err
	}
	document, err := asJSON(parsed)
	if err != nil {
		return err
	}
	url := "openapi:///" + filepath.Base(file)
	schemas, err := dereference(document)
	if err != nil {
		return err
	}
	if err := d.compiler.AddResource(url, schemas); err != nil {
		return err
	}
	root, _ := document.(map[string]any)
	paths, _ := root["paths"].(map[string]any)
	for path, item := range paths {
		methods, _ := item.(map[string]any)
		for method, described := range methods {
			tree, _ := described.(map[string]any)
			if id, ok := tree["operationId"].(string); ok {
				d.operations[id] = operation{url + "#/paths/" + escape(path) + "/" + method, tree, root}
			}
		}
	}
	return nil
}

// asJSON gives numbers and keys the types that a JSON parser would.
func asJSON(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// escape makes a reference token of a JSON pointer (RFC 6901 section 3).
func escape(token string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}
