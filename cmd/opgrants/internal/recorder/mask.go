package recorder

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

const masked = "[masked]"

// A Mask hides secrets. It finds them by their names, and from then on hides the same
// text everywhere. The zero value is ready to use.
type Mask struct {
	mu   sync.Mutex
	seen map[string]bool
}

// learn remembers a secret, unless it is short: hiding every "1" would make the text
// unreadable.
func (m *Mask) learn(secret string) {
	if len(secret) < 8 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil {
		m.seen = map[string]bool{}
	}
	m.seen[secret] = true
}

// Text hides every secret seen so far, also as it is escaped in a query.
func (m *Mask) Text(s string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for secret := range m.seen {
		s = strings.ReplaceAll(s, secret, masked)
		s = strings.ReplaceAll(s, url.QueryEscape(secret), masked)
	}
	return s
}

// URL hides the secrets in a URL's query.
func (m *Mask) URL(u *url.URL) string {
	shown := *u
	shown.RawQuery = m.query(u.RawQuery)
	return m.Text(shown.String())
}

var secretParameters = map[string]bool{"hash": true, "interact_ref": true, "code": true, "nonce": true}

func (m *Mask) query(raw string) string {
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || !secretParameters[plain] {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			m.learn(plain)
		}
		m.learn(value)
		pairs[i] = name + "=" + masked
	}
	return strings.Join(pairs, "&")
}

// link hides the secrets in a URL.
func (m *Mask) link(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return masked
	}
	return m.URL(u)
}

// consentLink also hides the last part of the path: with it, anybody could act as the
// user's browser.
func (m *Mask) consentLink(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return masked
	}
	if i := strings.LastIndexByte(u.Path, '/'); i >= 0 {
		m.learn(u.Path[i+1:])
	}
	return m.URL(u)
}

var (
	nonceParameter = regexp.MustCompile(`;\s*nonce="([^"]*)"`)
	byteSequence   = regexp.MustCompile(`:([A-Za-z0-9+/=]+):`)
)

// Header hides the secrets in the values of a header field.
func (m *Mask) Header(name, value string) string {
	switch http.CanonicalHeaderKey(name) {
	case "Authorization":
		scheme, secret, _ := strings.Cut(value, " ")
		m.learn(secret)
		return scheme + " " + masked
	case "Signature":
		return byteSequence.ReplaceAllStringFunc(value, func(s string) string {
			m.learn(strings.Trim(s, ":"))
			return ":" + masked + ":"
		})
	case "Signature-Input":
		return nonceParameter.ReplaceAllStringFunc(value, func(s string) string {
			m.learn(nonceParameter.FindStringSubmatch(s)[1])
			return `;nonce="` + masked + `"`
		})
	case "Cookie", "Set-Cookie":
		return m.cookie(value)
	case "Location":
		return m.link(value)
	}
	return m.Text(value)
}

// cookie hides the values of cookies, and not the attributes of Set-Cookie.
func (m *Mask) cookie(value string) string {
	parts := strings.Split(value, ";")
	for i, part := range parts {
		name, secret, has := strings.Cut(part, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "path", "max-age", "samesite", "expires", "domain":
			continue
		}
		if has {
			m.learn(secret)
			parts[i] = name + "=" + masked
		}
	}
	return strings.Join(parts, ";")
}
