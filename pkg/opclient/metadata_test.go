package opclient

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"
)

func TestMetadataIsWrittenAsJavaScriptWouldWriteIt(t *testing.T) {
	for want, given := range map[string]map[string]any{
		``:                                     nil,
		`{"a":"1","b":true,"c":null}`:          {"c": nil, "b": true, "a": "1"},
		`{"1":0,"2":0,"10":0,"-1":0,"01":0}`:   {"01": 0, "10": 0, "2": 0, "-1": 0, "1": 0},
		`{"4294967294":0,"":0,"4294967295":0}`: {"4294967295": 0, "4294967294": 0, "": 0},
		`{"a":{"1":[{"2":"x","b":[]}],"z":1}}`: {"a": map[string]any{"z": 1, "1": []any{map[string]any{"b": []int{}, "2": "x"}}}},
		`{"<&>":"<&>\u0000"}`:                  {"<&>": "<&>\x00"},
		"{\"\u2028\":\"\u2029\"}":              {"\u2028": "\u2029"},
		`{"n":[0,0,1,-1,2,0.5,1e+21,1e-7,0.000001,9007199254740991,100]}`: {"n": []any{
			0, math.Copysign(0, -1), 1, -1, 2.0, .5, 1e21, 1e-7, 1e-6, int64(1<<53 - 1), json.Number("1.0E2")}},
		`{"t":"2026-01-02T03:04:05Z"}`: {"t": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		`{"s":{"a":2,"b":1}}`: {"s": struct {
			B int `json:"b"`
			A int `json:"a"`
		}{1, 2}},
	} {
		got, err := encodeMetadata(given)
		if err != nil || string(got) != want {
			t.Errorf("%v: got %s, %v; want %s", given, got, err, want)
		}
	}
}

func TestMetadataThatServersCouldNotReadIsRefused(t *testing.T) {
	for name, v := range map[string]any{
		"a channel":              make(chan int),
		"a function":             func() {},
		"not a number":           math.NaN(),
		"infinity":               math.Inf(1),
		"2^53":                   int64(1 << 53),
		"2^53+1":                 int64(1<<53 + 1),
		"-2^53":                  []any{int64(-1 << 53)},
		"the largest of 64 bits": map[string]any{"n": uint64(math.MaxUint64)},
		"beyond a float":         json.Number("1e999"),
		"no number":              json.Number("x"),
	} {
		_, err := encodeMetadata(map[string]any{"v": v})
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != "metadata" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
