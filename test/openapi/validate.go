package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const mediaType = "application/json"

// Request checks the body of a request to an operation, named by its
// operationId: "post-request", "post-continue", "post-token", …. An operation
// that describes no body must have none.
func (d *Documents) Request(operationID string, body []byte) error {
	op, ok := d.operations[operationID]
	if !ok {
		return fmt.Errorf("no document has the operation %q", operationID)
	}
	described, ok := op.tree["requestBody"].(map[string]any)
	if !ok {
		return empty(operationID, body)
	}
	if required, _ := described["required"].(bool); len(body) == 0 && !required {
		return nil
	}
	return d.check(op.pointer+"/requestBody", body)
}

// Response checks the answer to an operation. The status must be one that the
// document knows; where it describes a body, the answer must be that JSON.
func (d *Documents) Response(operationID string, status int, contentType string, body []byte) error {
	op, ok := d.operations[operationID]
	if !ok {
		return fmt.Errorf("no document has the operation %q", operationID)
	}
	responses, _ := op.tree["responses"].(map[string]any)
	described, ok := responses[strconv.Itoa(status)].(map[string]any)
	if !ok {
		return fmt.Errorf("%s does not answer %d", operationID, status)
	}
	if ref, ok := described["$ref"].(string); ok {
		var err error
		if described, err = lookup(op.root, ref); err != nil {
			return err
		}
	}
	if described["content"] == nil {
		return empty(operationID, body)
	}
	if t, _, err := mime.ParseMediaType(contentType); err != nil || t != mediaType {
		return fmt.Errorf("the Content-Type is %q, want %s", contentType, mediaType)
	}
	return d.check(op.pointer+"/responses/"+strconv.Itoa(status), body)
}

func empty(operationID string, body []byte) error {
	if len(body) > 0 {
		return fmt.Errorf("%s has no body there, got %d bytes", operationID, len(body))
	}
	return nil
}

func (d *Documents) check(pointer string, body []byte) error {
	schema, err := d.compiler.Compile(pointer + "/content/" + escape(mediaType) + "/schema")
	if err != nil {
		return fmt.Errorf("the document is broken: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return errors.New("the body is not JSON")
	}
	return schema.Validate(value)
}
