package own

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// A Description is docs/openapi.yaml.
type Description struct {
	Root       map[string]any // as a JSON parser would read it
	Operations []*Operation   // in the order of their paths and methods

	// The answers to a path and to a method that are not there.
	noSuchPath, methodNotAllowed *Response

	mu       sync.Mutex
	compiler *jsonschema.Compiler
}

// An Operation is one method at one path.
type Operation struct {
	ID, Method, Path string
	Security         []map[string]any // nil: anybody
	Parameters       []Parameter
	Responses        map[int]*Response

	RequestExamples map[string]any

	body *requestBody // nil: none is read
}

// A Parameter is one of the path, the query or the header.
type Parameter struct {
	Name, In string
	Required bool
	schema   string // pointer to it
}

type requestBody struct {
	required bool
	schema   string
}

// A Response is an answer that an operation gives.
type Response struct {
	Status      int
	Description string
	Codes       []string // x-problem-codes
	Headers     map[string]Parameter
	Media       map[string]string // pointer to the schema of each media type; empty: no body
	Examples    map[string]any
}

var load = sync.OnceValues(func() (*Description, error) {
	_, here, _, _ := runtime.Caller(0)
	return Read(filepath.Join(filepath.Dir(here), "../../../docs/openapi.yaml"))
})

// Load returns the description of the interface.
func Load() (*Description, error) { return load() }

const document = "openapi:///openapi.yaml"

// Read reads a description. Formats are asserted.
func Read(file string) (*Description, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var parsed map[string]any
	if err := yaml.Unmarshal(text, &parsed); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(parsed)
	if err != nil {
		return nil, err
	}
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return nil, err
	}
	d := &Description{Root: root.(map[string]any), compiler: jsonschema.NewCompiler()}
	d.compiler.DefaultDraft(jsonschema.Draft2020) // OpenAPI 3.1, section 4.8.24
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(document, root); err != nil {
		return nil, err
	}
	return d, d.readOperations()
}

func (d *Description) readOperations() (err error) {
	paths := member(d.Root, "paths")
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := member(paths, path)
		for _, method := range slices.Sorted(maps.Keys(item)) {
			if method == "parameters" {
				continue
			}
			op, err := d.operation(path, method, "#/paths/"+escape(path))
			if err != nil {
				return fmt.Errorf("%s %s: %w", method, path, err)
			}
			d.Operations = append(d.Operations, op)
		}
	}
	if d.noSuchPath, err = d.response("#/components/responses/NoSuchPath", 404); err != nil {
		return err
	}
	d.methodNotAllowed, err = d.response("#/components/responses/MethodNotAllowed", 405)
	return err
}

// HasBody reports whether a request to the operation may have a body.
func (op *Operation) HasBody() bool { return op.body != nil }

// CheckBody checks the body of a request to an operation.
func (d *Description) CheckBody(op *Operation, body any) error {
	return d.validate(op.body.schema, body)
}

// Schema returns the schema with this name.
func (d *Description) Schema(name string) map[string]any {
	return member(member(member(d.Root, "components"), "schemas"), name)
}

// Required returns the members that the schema with this name requires, sorted.
func (d *Description) Required(name string) (names []string) {
	for _, required := range list(d.Schema(name)["required"]) {
		names = append(names, required.(string))
	}
	slices.Sort(names)
	return names
}

// Answers returns all answers: those of the operations, and those to a path and to a
// method that are not there.
func (d *Description) Answers() []*Response {
	all := []*Response{d.noSuchPath, d.methodNotAllowed}
	for _, op := range d.Operations {
		for _, r := range op.Responses {
			all = append(all, r)
		}
	}
	return all
}

func (d *Description) operation(path, method, item string) (*Operation, error) {
	pointer := item + "/" + method
	tree, pointer, err := d.at(pointer)
	if err != nil {
		return nil, err
	}
	op := &Operation{Method: strings.ToUpper(method), Path: path, Responses: map[int]*Response{}}
	op.ID, _ = tree["operationId"].(string)
	for _, s := range list(tree["security"]) {
		op.Security = append(op.Security, s.(map[string]any))
	}
	shared, _, _ := d.at(item)
	for i := range list(shared["parameters"]) {
		if err := d.addParameter(op, item+"/parameters/"+strconv.Itoa(i)); err != nil {
			return nil, err
		}
	}
	for i := range list(tree["parameters"]) {
		if err := d.addParameter(op, pointer+"/parameters/"+strconv.Itoa(i)); err != nil {
			return nil, err
		}
	}
	if body := member(tree, "requestBody"); body != nil {
		required, _ := body["required"].(bool)
		op.RequestExamples = map[string]any{}
		for name, example := range member(member(member(body, "content"), "application/json"), "examples") {
			op.RequestExamples[name] = example.(map[string]any)["value"]
		}
		op.body = &requestBody{required, pointer + "/requestBody/content/application~1json/schema"}
	}
	for status := range member(tree, "responses") {
		code, err := strconv.Atoi(status)
		if err != nil {
			return nil, fmt.Errorf("the response %q is no status", status)
		}
		if op.Responses[code], err = d.response(pointer+"/responses/"+status, code); err != nil {
			return nil, err
		}
	}
	return op, nil
}

func (d *Description) addParameter(op *Operation, pointer string) error {
	tree, pointer, err := d.at(pointer)
	if err != nil {
		return err
	}
	p := Parameter{schema: pointer + "/schema"}
	p.Name, _ = tree["name"].(string)
	p.In, _ = tree["in"].(string)
	p.Required, _ = tree["required"].(bool)
	op.Parameters = append(op.Parameters, p)
	return nil
}

func (d *Description) response(pointer string, status int) (*Response, error) {
	tree, pointer, err := d.at(pointer)
	if err != nil {
		return nil, err
	}
	r := &Response{Status: status, Headers: map[string]Parameter{}, Media: map[string]string{}, Examples: map[string]any{}}
	r.Description, _ = tree["description"].(string)
	for _, code := range list(tree["x-problem-codes"]) {
		r.Codes = append(r.Codes, code.(string))
	}
	for name := range member(tree, "headers") {
		header, at, err := d.at(pointer + "/headers/" + escape(name))
		if err != nil {
			return nil, err
		}
		required, _ := header["required"].(bool)
		r.Headers[name] = Parameter{Name: name, In: "header", Required: required, schema: at + "/schema"}
	}
	for media, content := range member(tree, "content") {
		r.Media[media] = pointer + "/content/" + escape(media) + "/schema"
		for name, example := range member(content.(map[string]any), "examples") {
			r.Examples[name] = example.(map[string]any)["value"]
		}
	}
	return r, nil
}

// at returns what a pointer points to, and its pointer. It follows a $ref.
func (d *Description) at(pointer string) (tree map[string]any, target string, err error) {
	var v any = d.Root
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "#/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch in := v.(type) {
		case map[string]any:
			v = in[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(in) {
				return nil, "", fmt.Errorf("%s leads nowhere", pointer)
			}
			v = in[i]
		}
	}
	tree, ok := v.(map[string]any)
	if !ok {
		return nil, "", fmt.Errorf("%s leads nowhere", pointer)
	}
	if ref, ok := tree["$ref"].(string); ok {
		return d.at(ref)
	}
	return tree, pointer, nil
}

// validate checks a value against the schema at pointer.
func (d *Description) validate(pointer string, value any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	schema, err := d.compiler.Compile(document + pointer)
	if err != nil {
		return fmt.Errorf("the description is broken: %w", err)
	}
	return schema.Validate(value)
}

func member(tree map[string]any, name string) map[string]any {
	found, _ := tree[name].(map[string]any)
	return found
}

func list(v any) []any {
	found, _ := v.([]any)
	return found
}

// escape makes a reference token of a JSON pointer (RFC 6901 section 3).
func escape(token string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}
