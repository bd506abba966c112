package authserver

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// hash returns the hash that authenticates a finish redirect (RFC 9635 section 4.2.3).
func (s *Server) hash(g *grant) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{g.finish.nonce, g.interaction.nonce, g.interaction.ref, s.config.Hashed}, "\n")))
	if s.config.Base64URL {
		return base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return base64.StdEncoding.EncodeToString(sum[:])
}

// withQuery sets query parameters as JavaScript's URL.searchParams does: it rewrites
// the whole query, replaces a parameter that is there already, and keeps the fragment.
func withQuery(uri string, pairs ...string) string {
	u, err := url.Parse(uri)
	if err != nil { // the grant request was refused
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

// parseForm is the application/x-www-form-urlencoded parser of the URL standard. It
// accepts every text.
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

// serializeForm is the serializer of the URL standard. It does not escape *-._, where
// url.QueryEscape escapes * and not ~.
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
