package lambdahttp

import (
	"net/url"
	"strings"
)

// requestURL returns the path and query of the event's request. API Gateway has
// found the route already, so its route key and path parameters make the path:
// rawPath begins with the stage or the key of an API mapping, and is encoded in
// different ways. Without a route key, rawPath is used.
func requestURL(e *event) *url.URL {
	encoded, ok := routePath(e)
	if !ok {
		encoded = withoutStage(e)
	}
	path, err := url.PathUnescape(encoded)
	if err != nil { // it was not encoded
		path = encoded
	}
	return &url.URL{Path: path, RawPath: encoded, RawQuery: e.RawQueryString}
}

// routePath returns the encoded path of the event's route, with its parameters
// filled in. It has none for the route $default.
func routePath(e *event) (encoded string, ok bool) {
	_, pattern, ok := strings.Cut(e.RouteKey, " ")
	if !ok || !strings.HasPrefix(pattern, "/") {
		return "", false
	}
	segments := strings.Split(pattern[1:], "/")
	for i, s := range segments {
		if !strings.HasPrefix(s, "{") || !strings.HasSuffix(s, "}") {
			continue
		}
		name, greedy := strings.CutSuffix(s[1:len(s)-1], "+")
		value, ok := e.PathParameters[name]
		if !ok {
			return "", false
		}
		segments[i] = encodeParameter(value, greedy)
	}
	return "/" + strings.Join(segments, "/"), true
}

// encodeParameter encodes a path parameter, which arrives decoded or not. A
// greedy one, {proxy+}, may have several segments.
func encodeParameter(value string, greedy bool) string {
	if decoded, err := url.PathUnescape(value); err == nil {
		value = decoded
	}
	if !greedy {
		return url.PathEscape(value)
	}
	parts := strings.Split(value, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// withoutStage returns rawPath without the name of the stage, which is its first
// segment unless the stage is $default.
func withoutStage(e *event) string {
	raw := e.RawPath
	if stage := "/" + e.RequestContext.Stage; stage != "/" && stage != "/$default" {
		if rest, ok := strings.CutPrefix(raw, stage); ok && (rest == "" || rest[0] == '/') {
			raw = rest
		}
	}
	if raw == "" {
		return "/"
	}
	return raw
}
