package own_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/opgrants/opgrants/test/openapi/own"
)

// A text may be as long as the description says, and no longer.
func TestTheDescribedLengthsAreThoseOfTheService(t *testing.T) {
	d := description(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id, tried := w.ask(limited).ID, 0
		for _, op := range d.Operations {
			if !op.HasBody() {
				continue
			}
			for _, text := range d.Texts(op) {
				tried++
				for _, extra := range []int{0, 1} {
					body := with(base(op, text.Path[0]), text.Path, strings.Repeat("1", text.MaxLength+extra))
					encoded, err := json.Marshal(body)
					if err != nil {
						t.Fatal(err)
					}
					answer := do(w.http, request(op.Method, at(op.Path, id), string(encoded), "Idempotency-Key", fmt.Sprintf("%d-%d", tried, extra)))
					if tooLong := isTooLong(answer.Body.Bytes(), strings.Join(text.Path, ".")); tooLong != (extra == 1) {
						t.Errorf("%s, %v of %d characters: %s", op.ID, text.Path, text.MaxLength+extra, answer.Body)
					}
				}
			}
		}
		if tried < 15 {
			t.Errorf("found only %d texts", tried)
		}
	})
}

// base returns a request to the operation that may have this member.
func base(op *own.Operation, member string) (body map[string]any) {
	text := "{}"
	switch {
	case op.ID == "requestGrant" && member == "payment":
		text = checkout
	case op.ID == "requestGrant":
		text = limited
	}
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		panic(err)
	}
	return body
}

// with sets a member of a body.
func with(body map[string]any, path []string, value any) map[string]any {
	if len(path) == 1 {
		body[path[0]] = value
		return body
	}
	inner, _ := body[path[0]].(map[string]any)
	if inner == nil {
		inner = map[string]any{}
	}
	body[path[0]] = with(inner, path[1:], value)
	return body
}

// isTooLong reports whether a problem is that the text in this field is too long.
func isTooLong(answer []byte, field string) bool {
	var p struct{ Field, Detail string }
	return json.Unmarshal(answer, &p) == nil && p.Field == field && (strings.Contains(p.Detail, "is longer than") || strings.Contains(p.Detail, "characters at most"))
}
