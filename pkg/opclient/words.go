package opclient

import (
	"encoding/json"
	"html"
	"maps"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/internal/pattern"
)

// words are what a server says of a failure.
type words struct {
	gnap                       bool // an error of RFC 9635 section 3.6
	code, description, details string
}

// The members in which servers explain themselves, the most telling first.
var (
	descriptionMembers = []string{"error_description", "message", "Message", "detail", "description", "errorMessage", "error_message", "msg", "errors", "title", "reason", "faultstring"}
	codeMembers        = []string{"code", "error_code", "errorCode", "errorcode", "errorType", "__type"}
)

// parseWords reads the body of a 4xx or 5xx. Open Payments and RFC 9635 section
// 3.6 have {"error":{"code","description"}} and {"error":"code"}. What stands in
// front of a server writes OAuth errors (RFC 6749 section 5.2), problem details
// (RFC 9457), a message, lists of errors, XML, or plain text.
func parseWords(body []byte) words {
	text := withoutBOM(body)
	var v any
	if json.Unmarshal(text, &v) != nil {
		switch {
		case isXML(text):
			return wordsOfXML(text)
		case isWebPage(text), !isPlainText(text):
			return words{}
		}
		return words{description: string(text)}
	}
	answer, ok := v.(map[string]any)
	if !ok {
		return words{description: textOf(v)}
	}
	w := words{description: firstText(answer, descriptionMembers...)}
	switch failure := answer["error"].(type) {
	case map[string]any:
		w.readObject(failure)
	case string:
		if w.gnap = looksLikeCode(failure); w.gnap {
			w.code = failure
		} else if w.description == "" {
			w.description = failure
		}
	}
	if fault, ok := answer["fault"].(map[string]any); ok && w.description == "" {
		detail, _ := fault["detail"].(map[string]any)
		w.description, w.code = firstText(fault, descriptionMembers...), firstCode(detail)
	}
	if list, _ := answer["errors"].([]any); w.code == "" && len(list) > 0 {
		first, _ := list[0].(map[string]any)
		w.code = firstCode(first)
	}
	if w.code == "" {
		w.code = firstCode(answer)
	}
	return w
}

// readObject reads {"code","description","details"}. A code that is a number is
// none of RFC 9635.
func (w *words) readObject(failure map[string]any) {
	description := firstText(failure, descriptionMembers...)
	if description != "" {
		w.description = description
	}
	switch code := failure["code"].(type) {
	case nil:
		w.gnap = description != ""
	case string:
		w.code, w.gnap = code, code != ""
	default:
		w.code = firstCode(failure)
	}
	if details := failure["details"]; details != nil {
		text, _ := json.Marshal(details)
		w.details = string(text)
	}
}

// firstCode is the first of the members for codes that is one.
func firstCode(members map[string]any) string {
	for _, name := range codeMembers {
		switch v := members[name].(type) {
		case string:
			v = v[strings.LastIndexByte(v, '#')+1:] // "namespace#Name"
			if looksLikeCode(v) {
				return v
			}
		case float64:
			if v >= 100 && v < 600 { // the status again
				continue
			}
			text, _ := json.Marshal(v)
			return string(text)
		}
	}
	return ""
}

// firstText is the first of these members that is a text, or a list or object
// that contains one.
func firstText(members map[string]any, names ...string) string {
	for _, name := range names {
		if text := textOf(members[name]); text != "" {
			return text
		}
	}
	return ""
}

// maxTexts limits how many texts of a list are repeated.
const maxTexts = 5

func textOf(v any) string {
	var texts []string
	switch v := v.(type) {
	case string:
		return v
	case []any:
		for _, item := range v[:min(len(v), maxTexts)] {
			if members, ok := item.(map[string]any); ok {
				item = firstText(members, "message", "detail", "description", "msg", "title")
			}
			if text, _ := item.(string); text != "" {
				texts = append(texts, text)
			}
		}
	case map[string]any: // by field
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if list, ok := v[name].([]any); ok && len(texts) < maxTexts {
				texts = append(texts, name+": "+textOf(list))
			}
		}
	}
	return strings.Join(texts, "; ")
}

var (
	xmlCode    = pattern.New(`<Code>([^<]+)</Code>`)
	xmlMessage = pattern.New(`<Message>([^<]+)</Message>`)
)

// wordsOfXML reads an error as stores of files write it.
func wordsOfXML(text []byte) (w words) {
	if m := xmlCode().FindSubmatch(text); m != nil {
		w.code = html.UnescapeString(string(m[1]))
	}
	if m := xmlMessage().FindSubmatch(text); m != nil {
		w.description = html.UnescapeString(string(m[1]))
	}
	return w
}
