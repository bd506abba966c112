package httpapi

import (
	"net/url"
	"slices"
	"strings"
)

// basePath returns the segments of the path of PUBLIC_URL, which come before the
// segments of a route. There are none if it has no path.
func basePath(publicURL string) []string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return nil
	}
	path := strings.Trim(u.EscapedPath(), "/")
	if path == "" {
		return nil
	}
	return splitPath("/" + path)
}

// splitPath returns the segments of an encoded path, decoded one by one, so that
// an encoded slash does not make two segments of one. One slash at the end is
// ignored. A path that does not begin with a slash, or is encoded wrongly, has
// no segments.
func splitPath(encoded string) []string {
	path, ok := strings.CutPrefix(encoded, "/")
	if !ok {
		return nil
	}
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for i, s := range segments {
		decoded, err := url.PathUnescape(s)
		if err != nil {
			return nil
		}
		segments[i] = decoded
	}
	return segments
}

// parameters are what stands in a path for {id} and {payment}.
type parameters struct {
	grant, payment string
}

// match reports whether the segments are those of the pattern, and returns what
// stands for its parameters.
func match(pattern string, segments []string) (p parameters, ok bool) {
	want := strings.Split(pattern[1:], "/")
	if len(want) != len(segments) {
		return parameters{}, false
	}
	for i, s := range segments {
		switch {
		case want[i] == "{id}" && s != "":
			p.grant = s
		case want[i] == "{payment}" && s != "":
			p.payment = s
		case want[i] != s:
			return parameters{}, false
		}
	}
	return p, true
}

// cutBase removes base from the start of the segments, if it is there.
func cutBase(base, segments []string) []string {
	if len(base) > 0 && len(segments) > len(base) && slices.Equal(segments[:len(base)], base) {
		return segments[len(base):]
	}
	return segments
}
