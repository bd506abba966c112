package sandbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// hash authenticates a finish redirect (RFC 9635 section 4.2.3).
func (s *Server) hash(g *grant) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{g.finish.nonce, g.interaction.nonce, g.interaction.ref, s.hashEndpoint()}, "\n")))
	if s.config.HashEncoding == HashBase64URL {
		return base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (s *Server) hashEndpoint() string {
	switch s.config.HashEndpoint {
	case EndpointOtherSlash:
		if s.config.AuthServerSlash {
			return s.authBase()
		}
		return s.authBase() + "/"
	case EndpointOrigin:
		return s.origin + "/"
	}
	return s.AuthServer()
}

// withQuery sets query parameters as JavaScript's URL.searchParams does: the
// whole query is written anew, a parameter that is there already is replaced,
// the fragment stays.
func withQuery(uri string, pairs ...string) string {
	u, err := url.Parse(uri)
	if err != nil { // it was checked when the grant was asked for
		return uri
	}
	query := parseForm(u.RawQuery)
	for i := 0; i < len(pairs); i += 2 {
		query = setParameter(query, pairs[i], pairs[i+1])
	}
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; port != "" {
		u.Host = strings.TrimSuffix(strings.ToLower(u.Host), port)
		u.Path = cmp.Or(u.Path, "/")
	}
	u.RawQuery, u.ForceQuery = serializeForm(query), false
	return u.String()
}

// setParameter replaces the first of that name and deletes the others.
func setParameter(query [][2]string, name, value string) [][2]string {
	first := slices.IndexFunc(query, func(p [2]string) bool { return p[0] == name })
	if first < 0 {
		return append(query, [2]string{name, value})
	}
	query[first][1] = value
	rest := slices.DeleteFunc(query[first+1:], func(p [2]string) bool { return p[0] == name })
	return query[:first+1+len(rest)]
}

// parseForm is the application/x-www-form-urlencoded parser of the URL standard,
// which takes everything.
func parseForm(raw string) (query [][2]string) {
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		query = append(query, [2]string{percentDecode(name), percentDecode(value)})
	}
	return query
}

func percentDecode(s string) string {
	s = strings.ReplaceAll(s, "+", " ")
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if decoded, err := url.PathUnescape(s[i : i+3]); err == nil {
				b = append(b, decoded...)
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// serializeForm is the serializer to it; it spares *-._ alone, where
// url.QueryEscape spares ~ and not *.
func serializeForm(query [][2]string) string {
	escape := strings.NewReplacer("%2A", "*", "~", "%7E")
	var b strings.Builder
	for i, p := range query {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape.Replace(url.QueryEscape(p[0])) + "=" + escape.Replace(url.QueryEscape(p[1])))
	}
	return b.String()
}
