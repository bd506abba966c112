package own_test

import (
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"regexp"
	"testing"

	"github.com/opgrants/opgrants/test/openapi/own"
)

// show is expect for an answer that is an example of the description.
func (w *world) show(name string, answer *httptest.ResponseRecorder, status int, code string) {
	w.Helper()
	w.expect(answer, status, code)
	w.shown[name] = answer.Body.Bytes()
}

// checkExamples compares the examples of the description with the real answers.
func checkExamples(t *testing.T, d *own.Description, shown map[string][]byte) {
	t.Helper()
	examples := map[string]any{}
	for _, r := range d.Answers() {
		for name, example := range r.Examples {
			examples[name] = example
		}
	}
	for name := range examples {
		if shown[name] == nil {
			t.Errorf("the example %s is no answer of this test", name)
		}
	}
	for name, answer := range shown {
		var real any
		if err := json.Unmarshal(answer, &real); err != nil {
			t.Fatal(err)
		}
		example, err := json.Marshal(examples[name])
		if err != nil {
			t.Fatal(err)
		}
		var stated any
		if err := json.Unmarshal(example, &stated); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(mask(stated), mask(real)) {
			t.Errorf("the example %s must be, but for ids and times,\n%s", name, answer)
		}
	}
}

// changing are the parts of an answer that differ each time.
var changing = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z` + // a time
	`|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}` + // an id of the wallet
	`|\b[0-9A-F]{16,20}\b` + // a nonce or a token of the wallet
	`|^[A-Za-z0-9_-]{21}[AQgw]$`) // an id of the service

func mask(v any) any {
	switch v := v.(type) {
	case string:
		return changing.ReplaceAllString(v, "…")
	case []any:
		for i := range v {
			v[i] = mask(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = mask(v[name])
		}
	}
	return v
}
