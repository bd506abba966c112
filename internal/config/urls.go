package config

import (
	"strings"

	"github.com/opgrants/opgrants/internal/returnurl"
)

// checkPublicURL returns the base URL without a slash at its end, so that paths
// can be added to it.
func checkPublicURL(p *problems, name, value string, local bool) string {
	if value == "" {
		return ""
	}
	u, err := returnurl.ParseURL(value)
	switch {
	case err == nil && strings.Contains(value, "*"):
		p.add(name, "%s has a wildcard (*); it is one URL", Describe(value))
	case err == nil && u.Scheme != "https" && u.Scheme != "http":
		p.add(name, "%s must be https", Describe(value))
	default:
		checkReturnURLs(p, name, []string{value}, local)
	}
	return strings.TrimRight(value, "/")
}

// checkReturnURLs checks what a returnUrl may be. With an @ in any of them no
// entry is repeated: a password may have a comma or a space in it.
func checkReturnURLs(p *problems, name string, values []string, local bool) {
	for i, v := range values {
		_, err := returnurl.Parse(v, local)
		switch {
		case err == nil:
		case IsKey(v):
			p.add(name, "is %s", Describe(v))
		case len(values) > 1 && strings.Contains(strings.Join(values, ""), "@"):
			p.add(name, "entry %d %s", i+1, err)
		default:
			p.add(name, "%s %s", Describe(v), err)
		}
	}
}

// splitURLs reads a list of URLs, separated by commas, or by white space if each
// part is a URL; each in quotes or not; also as a JSON list.
func splitURLs(list string) (urls []string) {
	list = Unquote(list)
	if inner, ok := strings.CutPrefix(list, "["); ok {
		list = strings.TrimSuffix(inner, "]")
	}
	for part := range strings.SplitSeq(list, ",") {
		words := strings.Fields(part)
		for _, w := range words {
			if !strings.Contains(w, ":/") {
				words = []string{part} // no list: one URL with a space in it
				break
			}
		}
		for _, w := range words {
			if w = Unquote(w); w != "" {
				urls = append(urls, w)
			}
		}
	}
	return urls
}
