package faults

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/opgrants/opgrants/test/template"
)

// A seen log has the members of each line that was logged, by its message.
type seenLog struct {
	mu     sync.Mutex
	fields map[string]map[string]bool
}

func (l *seenLog) add(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fields == nil {
		l.fields = map[string]map[string]bool{}
	}
	for line := range strings.Lines(text) {
		var members map[string]any
		if json.Unmarshal([]byte(line), &members) != nil {
			continue
		}
		message, _ := members["message"].(string)
		if l.fields[message] == nil {
			l.fields[message] = map[string]bool{}
		}
		for name := range members {
			l.fields[message][name] = true
		}
	}
}

// ofLambda are the members that only a function adds: internal/invocation and
// internal/cloud test them, and those of Lambda's own lines.
var ofLambda = []string{"function_name", "function_version", "correlation_id", "ServerFault", "type", "record.status"}

// check compares the queries of docs/operate.md with what was logged in the walk: a
// query must read members of the lines whose message it looks for, or of any line if it
// looks for none. test/template looks for the messages in the code.
func (l *seenLog) check(t *testing.T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	checked := 0
	for _, query := range template.OperateQueries(t) {
		fields, messages := template.QueryFields(query), template.QueryMessages(query)
		if slices.Contains(fields, "routeKey") { // of the access log
			continue
		}
		read := map[string]bool{}
		for message, of := range l.fields {
			if len(messages) == 0 || slices.Contains(messages, message) {
				for name := range of {
					read[name] = true
				}
			}
		}
		if len(read) == 0 {
			continue // nothing in the walk logs it
		}
		checked++
		for _, field := range fields {
			if !read[field] && !slices.Contains(ofLambda, field) {
				t.Errorf("%s reads %q, which no such line has", query, field)
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d queries were compared with what was logged", checked)
	}
}
