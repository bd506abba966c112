package own

import (
	"fmt"
	"slices"
	"strconv"
)

// A Seen is what one exchange has shown of the description.
type Seen struct {
	Operation string // "": an unknown path or method
	Status    int
	Code      string   // of a problem
	Headers   []string // of the answer, that the description has
}

// A Coverage is what many exchanges have shown. The zero value is nothing.
type Coverage struct{ shown map[string]bool }

// Add adds what an exchange has shown.
func (c *Coverage) Add(s Seen) {
	if c.shown == nil {
		c.shown = map[string]bool{}
	}
	answer := s.Operation + " " + strconv.Itoa(s.Status)
	c.shown[answer] = true
	c.shown[answer+" "+s.Code] = true
	for _, name := range s.Headers {
		c.shown[answer+" "+name] = true
	}
}

// Missing returns the answers, codes and headers of the description that were not
// shown.
func (c *Coverage) Missing(d *Description) (missing []string) {
	need := func(format string, args ...any) {
		if key := fmt.Sprintf(format, args...); !c.shown[key] {
			missing = append(missing, key)
		}
	}
	add := func(id string, r *Response) {
		need("%s %d", id, r.Status)
		for _, code := range r.Codes {
			need("%s %d %s", id, r.Status, code)
		}
		for name := range r.Headers {
			need("%s %d %s", id, r.Status, name)
		}
	}
	for _, op := range d.Operations {
		for _, r := range op.Responses {
			add(op.ID, r)
		}
	}
	add("", d.noSuchPath)
	add("", d.methodNotAllowed)
	slices.Sort(missing)
	return missing
}
