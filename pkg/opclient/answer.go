package opclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	// maxText limits a text of an answer, in bytes.
	maxText = 4 << 10
	// maxToken limits the value of an access token, in bytes.
	maxToken = 8 << 10
	// maxAssetCode limits an asset's code, in bytes.
	maxAssetCode = 64
	// maxName limits a wallet's publicName, in characters. The rest is cut off.
	maxName = 200
)

// An object is a JSON object of an answer. It is read member by member, with the
// exact spelling and type that the OpenAPI files ask for. The first fault is kept
// in err and names the member, never its value. Unknown members are ignored.
//
// A member that may be left out may be null too. A member that is needed may not.
type object struct {
	path    string // "access_token."
	members map[string]any
	err     *error
}

// parseAnswer reads a JSON object, whatever its Content-Type says. err collects
// the faults of the later reading.
func parseAnswer(r *reply, err *error) object {
	o := object{err: err}
	content := bytes.TrimRight(withoutBOM(r.body), "\x00")
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var v any
	switch parsed := decoder.Decode(&v) == nil && atEnd(decoder); {
	case parsed:
	case len(bytes.TrimSpace(content)) == 0:
		o.fail("the answer is empty, not %s", r.expects)
	case isXML(content):
		o.fail("this is XML, not %s", r.expects)
	case isWebPage(content):
		o.fail("this is a web page, not %s", r.expects)
	case bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")):
		o.fail("the answer is in UTF-16; JSON must be in UTF-8")
	default:
		o.fail("the answer is not JSON")
	}
	members, ok := v.(map[string]any)
	if !ok {
		o.fail("the answer is not a JSON object")
	}
	o.members = members
	return o
}

func atEnd(d *json.Decoder) bool {
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}

func (o object) fail(format string, args ...any) {
	if *o.err == nil {
		*o.err = fmt.Errorf(format, args...)
	}
}

// has reports whether the member is there and not null.
func (o object) has(name string) bool { return o.members[name] != nil }

func get[T any](o object, name, kind string) T {
	v, ok := o.members[name]
	if !ok {
		o.fail("%s%s is missing", o.path, name)
	}
	t, ok := v.(T)
	if !ok {
		o.fail("%s%s must be %s", o.path, name, kind)
	}
	return t
}

func (o object) string(name string) string { return o.text(name, maxText) }

// text is a string of at most max bytes.
func (o object) text(name string, max int) string {
	s := get[string](o, name, "a string")
	if len(s) > max {
		o.fail("%s%s is longer than %d bytes", o.path, name, max)
	}
	return s
}

// optional is the string, or "" if the member is missing or null.
func (o object) optional(name string) string {
	if o.members[name] == nil {
		return ""
	}
	return o.string(name)
}

func (o object) array(name string) []any { return get[[]any](o, name, "an array") }

func (o object) object(name string) object {
	return object{o.path + name + ".", get[map[string]any](o, name, "an object"), o.err}
}

// integer is a whole number from 0 to max. 600.0 is one in JSON Schema.
func (o object) integer(name string, max int64) int64 {
	f, _ := get[json.Number](o, name, "a number").Float64() // infinite if it is too large
	if f != math.Trunc(f) || f < 0 || f > float64(max) {
		o.fail("%s%s must be a whole number from 0 to %d", o.path, name, max)
	}
	return int64(f)
}

// seconds is a time span of at most max. It is 0 if the member is missing, null,
// negative, or no number: a grant is not given up over a time that nobody can
// read. A number in a string counts.
func (o object) seconds(name string, max time.Duration) time.Duration {
	var text string
	switch v := o.members[name].(type) {
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
	}
	f, _ := strconv.ParseFloat(text, 64) // 0 if it is no number, infinite if it is too large
	if f >= 1 {
		return time.Duration(min(f, max.Seconds())) * time.Second
	}
	return 0
}

// token is a string that can be sent as a token in a header.
func (o object) token(name string) Secret {
	s := get[string](o, name, "a string")
	if len(s) > maxToken || !visible(s) {
		o.fail("%s%s must be visible ASCII of at most %d bytes, to be sent in a header", o.path, name, maxToken)
	}
	return Secret(s)
}

// clip is a copy of the first max characters of s.
func clip(s string, max int) string {
	runes := []rune(s)
	return string(runes[:min(len(runes), max)])
}
