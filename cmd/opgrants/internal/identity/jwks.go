package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// Bounds of reading the client's JWKS.
const (
	jwksTime = 5 * time.Second // as long as servers wait for it
	maxJWKS  = 64 << 10
)

// A JWKS is the set of keys that a wallet address serves (RFC 7517 section 5).
type JWKS struct {
	URL  string
	Keys []ServedKey
}

// A ServedKey is one key of a [JWKS].
type ServedKey struct {
	KeyID, X string
	// Fault says why servers do not take the key, and with it the whole set. Empty:
	// they do.
	Fault string
}

// ErrNotJWKS means that a server answered something else than a JWKS.
var ErrNotJWKS = errors.New("the answer is not a JWKS")

// JWKSURL returns where a wallet address serves its keys.
func JWKSURL(walletAddress string) string {
	address, err := opclient.ParseWalletAddress(walletAddress)
	if err != nil {
		address = strings.TrimSpace(walletAddress) // http, which InsecureLocal allows
	}
	return strings.TrimSuffix(address, "/") + "/jwks.json"
}

// ReadJWKS reads the keys at url within five seconds. The error does not repeat url.
// It is [ErrNotJWKS] if what is there is not a JWKS.
func ReadJWKS(ctx context.Context, transport http.RoundTripper, address string) (*JWKS, error) {
	ctx, cancel := context.WithTimeout(ctx, jwksTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("it is not a URL")
	}
	r.Header.Set("Accept", "application/json")
	answer, err := (&http.Client{Transport: transport}).Do(r)
	var with *url.Error
	if errors.As(err, &with) {
		err = with.Err // without the URL
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("its server answered %d", answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxJWKS))
	if err != nil {
		return nil, err
	}
	set := &JWKS{URL: address}
	set.Keys, err = parseJWKS(text)
	return set, err
}

func parseJWKS(text []byte) (keys []ServedKey, err error) {
	var set struct {
		Keys *[]map[string]any `json:"keys"`
	}
	err = json.Unmarshal(text, &set)
	switch {
	case strings.HasPrefix(strings.TrimSpace(string(text)), "<"):
		return nil, fmt.Errorf("%w but a web page", ErrNotJWKS)
	case err != nil && !json.Valid(text):
		return nil, fmt.Errorf("%w: it is not JSON", ErrNotJWKS)
	case err != nil || set.Keys == nil:
		return nil, fmt.Errorf("%w: it has no list with the name \"keys\"", ErrNotJWKS)
	}
	for _, members := range *set.Keys {
		keys = append(keys, newServedKey(members))
	}
	return keys, nil
}
