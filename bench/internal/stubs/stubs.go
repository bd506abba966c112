// Package stubs is what the functions call: Secrets Manager, DynamoDB and a wallet, as
// fast as they can be. It keeps what was put, applies no update, and so gives the same
// grant to each finish.
package stubs

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Stubs is a handler for all three. URL must be set before the first request.
type Stubs struct {
	URL    string
	Secret string // the value of each secret

	mu       sync.Mutex
	items    map[string]json.RawMessage
	recorded map[string][]string // the last two bodies of each call
	access   json.RawMessage     // of the last grant request
	nonce    string              // of the last grant request
}

// ServerNonce and InteractRef are in each answer and each finish.
const (
	ServerNonce = "4105340a-05eb-4290-8739-f9e2b463bfa7"
	InteractRef = "3d3b4bd3-1f0e-4a5f-9d5a-6f2b7c1e8a90"
)

// Seen is what a driver must know of the calls.
type Seen struct {
	Recorded map[string][]string `json:"recorded"`
	Nonce    string              `json:"nonce"`
}

// ServeHTTP answers a call by its target or its path.
func (s *Stubs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, call, _ := strings.Cut(target, ".")
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		s.record(call, body)
		_, _ = w.Write(s.aws(call, body))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/seen":
		_ = json.NewEncoder(w).Encode(Seen{s.recorded, s.nonce})
	case r.URL.Path == "/auth":
		s.record("grant", body)
		_, _ = w.Write(s.requestGrant(body))
	case strings.HasPrefix(r.URL.Path, "/auth/continue/"):
		s.record("continue", body)
		_, _ = w.Write(s.continueGrant())
	default:
		_, _ = io.WriteString(w, `{"id":"`+s.URL+r.URL.Path+`","publicName":"Alice","assetCode":"USD","assetScale":2,"authServer":"`+s.URL+`/auth","resourceServer":"`+s.URL+`"}`)
	}
}

func (s *Stubs) record(call string, body []byte) {
	if s.recorded == nil {
		s.recorded, s.items = map[string][]string{}, map[string]json.RawMessage{}
	}
	last := append(s.recorded[call], string(body))
	s.recorded[call] = last[max(0, len(last)-2):]
}

func (s *Stubs) aws(call string, body []byte) []byte {
	var q struct {
		Item json.RawMessage
		Key  struct{ ID struct{ S string } }
	}
	switch call {
	case "GetSecretValue":
		text, _ := json.Marshal(map[string]string{"SecretString": s.Secret})
		return text
	case "PutItem":
		var item struct{ ID struct{ S string } }
		if json.Unmarshal(body, &q) == nil && json.Unmarshal(q.Item, &item) == nil {
			s.items[item.ID.S] = q.Item
		}
	case "GetItem":
		if json.Unmarshal(body, &q) == nil && s.items[q.Key.ID.S] != nil {
			return append(append([]byte(`{"Item":`), s.items[q.Key.ID.S]...), '}')
		}
	}
	return []byte("{}")
}

func (s *Stubs) requestGrant(body []byte) []byte {
	var q struct {
		AccessToken struct {
			Access json.RawMessage `json:"access"`
		} `json:"access_token"`
		Interact struct {
			Finish struct {
				Nonce string `json:"nonce"`
			} `json:"finish"`
		} `json:"interact"`
	}
	if json.Unmarshal(body, &q) == nil {
		s.access, s.nonce = q.AccessToken.Access, q.Interact.Finish.Nonce
	}
	return []byte(`{"interact":{"redirect":"` + s.URL + `/interact/4CF492MLVMSW9MKM/` + ServerNonce + `","finish":"` + ServerNonce +
		`"},"continue":{"access_token":{"value":"33OMUKMKSKU80UPRY5NM"},"uri":"` + s.URL + `/auth/continue/4CF492MLVMSW9MKM"}}`)
}

func (s *Stubs) continueGrant() []byte {
	return []byte(`{"access_token":{"value":"OS9M2PMHKUR64TB8N6BW7OZB8CDFONP219RP1LT0","manage":"` + s.URL +
		`/auth/token/dd17a202-9982-4ed9-ae31-564947fb6379","expires_in":600,"access":` + string(s.access) +
		`},"continue":{"access_token":{"value":"33OMUKMKSKU80UPRY5NM"},"uri":"` + s.URL + `/auth/continue/4CF492MLVMSW9MKM"}}`)
}
