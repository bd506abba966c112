package openapi

import (
	"fmt"
	"maps"
	"strings"
)

// dereference puts what a $ref of a document points to in its place, and the
// members beside it on top, as the official tools do. JSON Schema would apply both
// instead: additionalProperties: false beside a $ref then forbids every member.
func dereference(document any) (any, error) {
	root, _ := document.(map[string]any)
	return follow(root, document, 0)
}

func follow(root map[string]any, v any, depth int) (any, error) {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			var err error
			if list[i], err = follow(root, item, depth); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		all := map[string]any{}
		if ref, ok := v["$ref"].(string); ok {
			target, err := lookup(root, ref)
			if err != nil {
				return nil, err
			}
			if depth > 100 {
				return nil, fmt.Errorf("%s leads in a circle", ref)
			}
			merged, err := follow(root, target, depth+1)
			if err != nil {
				return nil, err
			}
			maps.Copy(all, merged.(map[string]any))
		}
		for name, member := range v {
			if name == "$ref" {
				continue
			}
			var err error
			if all[name], err = follow(root, member, depth); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	return v, nil
}

// lookup follows a $ref within its document.
func lookup(root map[string]any, ref string) (map[string]any, error) {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil, fmt.Errorf("%s leads out of its document", ref)
	}
	at := root
	for token := range strings.SplitSeq(path, "/") {
		if at, ok = at[token].(map[string]any); !ok {
			return nil, fmt.Errorf("%s leads nowhere", ref)
		}
	}
	return at, nil
}
