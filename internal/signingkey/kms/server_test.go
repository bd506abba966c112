package kms

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const wallet = "https://wallet.example/shop"

// A server answers as KMS does, with the keys that it has and one alias.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	keys    map[string]ed25519.PrivateKey // by ARN
	alias   string                        // the ARN that alias/opgrants names
	answers []answer                      // before the real ones; each is given once
	off     map[string]bool               // ARNs of disabled keys
	asked   []string                      // operations
	last    *http.Request
}

type answer struct {
	status int
	body   string
}

func refusal(code string) answer {
	return answer{http.StatusBadRequest, `{"__type":"com.amazonaws.kms#` + code + `","message":"in the words of KMS"}`}
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{keys: map[string]ed25519.PrivateKey{}, off: map[string]bool{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// add makes a key, to which the alias leads from now on.
func (s *server) add(t *testing.T, arn string) ed25519.PublicKey {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[arn], s.alias = private, arn
	return public
}

func (s *server) disable(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off[arn] = true
}

func (s *server) answer(all ...answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = all
}

func (s *server) count(operation string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.asked {
		if o == operation {
			n++
		}
	}
	return n
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
	s.asked, s.last = append(s.asked, operation), r
	var in struct {
		KeyID            string `json:"KeyId"`
		Message          []byte
		MessageType      string
		SigningAlgorithm string
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	if len(s.answers) > 0 {
		w.WriteHeader(s.answers[0].status)
		_, _ = fmt.Fprint(w, s.answers[0].body)
		s.answers = s.answers[1:]
		return
	}
	if in.KeyID == "alias/opgrants" {
		in.KeyID = s.alias
	}
	key, known := s.keys[in.KeyID]
	switch {
	case !known:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, refusal("NotFoundException").body)
	case s.off[in.KeyID]:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, refusal("DisabledException").body)
	case operation == "GetPublicKey":
		der, _ := x509.MarshalPKIXPublicKey(key.Public())
		_ = json.NewEncoder(w).Encode(map[string]any{"KeyId": in.KeyID, "KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "SIGN_VERIFY", "PublicKey": der})
	case operation == "Sign" && in.MessageType == "RAW" && in.SigningAlgorithm == "ED25519_SHA_512":
		_ = json.NewEncoder(w).Encode(map[string]any{"Signature": ed25519.Sign(key, in.Message)})
	default:
		w.WriteHeader(http.StatusNotImplemented)
	}
}

func (s *server) source() *Source { return sourceAt(s.URL, "alias/opgrants") }

func sourceAt(endpoint, key string) *Source {
	return &Source{Key: key, WalletAddress: wallet, Client: &Client{
		Region: "eu-west-1", Endpoint: endpoint, HTTP: http.DefaultClient,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "hunter2", SessionToken: "of the role"}, nil
		}),
	}}
}

// limited is a context with a deadline, without which nothing is read or sent.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
