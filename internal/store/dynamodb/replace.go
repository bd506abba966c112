package dynamodb

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/store"
)

// A replacement is an UpdateExpression that writes every attribute this program
// knows, and leaves the others alone.
type replacement struct {
	set, remove []string
	names       map[string]string
	values      map[string]types.AttributeValue
}

func replace(attributes map[string]types.AttributeValue) *replacement {
	r := &replacement{names: map[string]string{}, values: map[string]types.AttributeValue{}}
	for i, name := range append(store.Attributes(), writeAttribute) {
		if name == idAttribute {
			continue // the key cannot change
		}
		placeholder := fmt.Sprintf("#%d", i)
		r.names[placeholder] = name
		value, ok := attributes[name]
		if !ok {
			r.remove = append(r.remove, placeholder)
			continue
		}
		r.values[fmt.Sprintf(":%d", i)] = value
		r.set = append(r.set, fmt.Sprintf("%s = :%d", placeholder, i))
	}
	return r
}

func (r *replacement) expression() string {
	e := "SET " + strings.Join(r.set, ", ")
	if len(r.remove) > 0 {
		e += " REMOVE " + strings.Join(r.remove, ", ")
	}
	return e
}
