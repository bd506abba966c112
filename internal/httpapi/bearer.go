package httpapi

import (
	"net/http"
	"strings"
)

// BearerCaller returns an [API.Caller] that identifies callers by the token in
// Authorization: Bearer (RFC 6750 section 2.1). identify must take the same time
// for every token.
func BearerCaller(identify func(token string) (i Identity, ok bool)) func(*http.Request) (Identity, error) {
	return func(r *http.Request) (Identity, error) {
		token, ok := bearerToken(r.Header)
		if !ok {
			return Identity{}, &Unauthenticated{"Bearer", "Send your token as Authorization: Bearer <token>."}
		}
		i, ok := identify(token)
		if !ok {
			return Identity{}, &Unauthenticated{`Bearer error="invalid_token"`, "This service does not know the token in Authorization."}
		}
		return i, nil
	}
}

// bearerToken returns the token of a request that has exactly one Authorization.
func bearerToken(h http.Header) (string, bool) {
	values := h.Values(headerAuthorization)
	if len(values) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}
