package openapi

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Query checks the query of a request to an operation: each of its parameters must
// be described, and those that are required must be there.
func (d *Documents) Query(operationID string, query url.Values) error {
	op, ok := d.operations[operationID]
	if !ok {
		return fmt.Errorf("no document has the operation %q", operationID)
	}
	known := map[string]bool{}
	parameters, _ := op.tree["parameters"].([]any)
	for _, p := range parameters {
		pointer, parameter, err := op.resolve(p)
		if err != nil {
			return err
		}
		name, _ := parameter["name"].(string)
		if parameter["in"] != "query" {
			continue
		}
		known[name] = true
		if required, _ := parameter["required"].(bool); required && !query.Has(name) {
			return fmt.Errorf("the query lacks %s", name)
		}
		for _, value := range query[name] {
			if err := d.checkParameter(pointer+"/schema", value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for name, values := range query {
		if !known[name] || len(values) != 1 {
			return fmt.Errorf("the query has %s %d times", name, len(values))
		}
	}
	return nil
}

// resolve follows a parameter's $ref into the operation's own document.
func (op operation) resolve(p any) (pointer string, parameter map[string]any, err error) {
	reference, _ := p.(map[string]any)
	ref, _ := reference["$ref"].(string)
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return "", nil, fmt.Errorf("a parameter is no reference into its document: %v", p)
	}
	var at any = op.root
	for token := range strings.SplitSeq(path, "/") {
		members, _ := at.(map[string]any)
		at = members[token]
	}
	parameter, ok = at.(map[string]any)
	if !ok {
		return "", nil, fmt.Errorf("%s leads nowhere", ref)
	}
	document, _, _ := strings.Cut(op.pointer, "#")
	return document + ref, parameter, nil
}

// checkParameter takes value for a string, or for what JSON makes of it where the
// schema wants a number.
func (d *Documents) checkParameter(pointer, value string) error {
	schema, err := d.compiler.Compile(pointer)
	if err != nil {
		return fmt.Errorf("the document is broken: %w", err)
	}
	if schema.Types != nil && schema.Types.String() == "[integer]" {
		number, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(value)))
		if err != nil {
			return fmt.Errorf("%q is no number", value)
		}
		return schema.Validate(number)
	}
	return schema.Validate(value)
}
