package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Examples are the answers to an operation that its document shows, as JSON.
func (d *Documents) Examples(operationID string, status int) ([][]byte, error) {
	op, ok := d.operations[operationID]
	if !ok {
		return nil, fmt.Errorf("no document has the operation %q", operationID)
	}
	at := op.tree
	for _, name := range []string{"responses", strconv.Itoa(status), "content", mediaType, "examples"} {
		at, _ = at[name].(map[string]any)
	}
	var texts [][]byte
	for _, name := range slices.Sorted(maps.Keys(at)) {
		example, _ := at[name].(map[string]any)
		text, err := json.Marshal(example["value"])
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}
