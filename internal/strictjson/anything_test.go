package strictjson_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/strictjson"
)

type free struct {
	Metadata map[string]any `json:"metadata"`
}

func TestAFreeObjectTakesEveryValue(t *testing.T) {
	var got free
	long := strings.Repeat("x", 101) // the caller limits the whole
	err := strictjson.Decode([]byte(`{"metadata":{"":"","order":"7","n":12345678901234567890.10,"ok":true,"no":null,"list":[1,"`+long+`",{"b":[]}],"o":{}}}`), &got, 100)
	want := map[string]any{"": "", "order": "7", "n": json.Number("12345678901234567890.10"), "ok": true, "no": nil,
		"list": []any{json.Number("1"), long, map[string]any{"b": []any{}}}, "o": map[string]any{}}
	if err != nil || !reflect.DeepEqual(got.Metadata, want) {
		t.Errorf("%v, %v", got.Metadata, err)
	}
}

func TestAFreeObjectIsAnObjectAndHasEachMemberOnce(t *testing.T) {
	for name, tc := range map[string]struct{ body, text string }{
		"a member twice": {`{"metadata":{"a":{"b":1,"b":2}}}`, "metadata.a.b is given twice"},
		"a null twice":   {`{"metadata":{"a":null,"a":null}}`, "metadata.a is given twice"},
		"a list":         {`{"metadata":[]}`, "metadata must be an object, not an array"},
		"a text":         {`{"metadata":"x"}`, "metadata must be an object, not a string"},
		"null":           {`{"metadata":null}`, "metadata is null; give it a value, or leave it out"},
	} {
		var e *strictjson.Error
		if err := strictjson.Decode([]byte(tc.body), new(free), 100); !errors.As(err, &e) || !strings.Contains(e.Error(), tc.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
