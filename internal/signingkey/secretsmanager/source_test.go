package secretsmanager_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssecrets "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/signingkey/secretsmanager"
)

const (
	seed   = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=" // RFC 8032 section 7.1, test 1
	secret = `{"walletAddress":"https://wallet.example/shop","keyId":"key-1","privateKey":"` + seed + `"}`
	name   = "opgrants/signing-key"
)

func TestASecret(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		answer map[string]any
		code   string // "" when it is a key
		says   string
	}{
		{name: "with a key as text", status: 200, answer: map[string]any{"SecretString": secret}},
		{name: "with a key as bytes", status: 200, answer: map[string]any{"SecretBinary": []byte(secret)}},
		{
			name: "without a value, as AWS says it", status: 400,
			answer: map[string]any{"__type": "ResourceNotFoundException", "Message": "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"},
			code:   grant.CodeKeyMissing,
			says:   "aws secretsmanager put-secret-value --secret-id " + name + " --secret-string file://",
		},
		{
			name: "with an empty value", status: 200, answer: map[string]any{"SecretString": ""},
			code: grant.CodeKeyMissing, says: "put-secret-value",
		},
		{
			name: "with a blank value", status: 200, answer: map[string]any{"SecretString": "\n"},
			code: grant.CodeKeyMissing, says: "put-secret-value",
		},
		{
			name: "with something else", status: 200, answer: map[string]any{"SecretString": `{"privateKey":"` + seed + `"}`},
			code: grant.CodeKeyInvalid, says: "walletAddress",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key, err := read(t, tt.status, tt.answer)
			if tt.code == "" {
				if err != nil || key.KeyID != "key-1" || key.WalletAddress != "https://wallet.example/shop" || key.Signer() == nil {
					t.Errorf("got %v, %v", key, err)
				}
				return
			}
			var told *grant.Error
			if !errors.As(err, &told) || told.Code != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %s and %q", err, tt.code, tt.says)
			}
			if strings.Contains(err.Error(), seed[:8]) {
				t.Errorf("the message repeats the secret: %v", err)
			}
		})
	}
}

func TestASecretThatCannotBeReadIsNotMissing(t *testing.T) {
	_, err := read(t, http.StatusBadRequest, map[string]any{"__type": "AccessDeniedException", "Message": "not authorized to perform secretsmanager:GetSecretValue"})
	var told *grant.Error
	if err == nil || errors.As(err, &told) || !strings.Contains(err.Error(), "not authorized") {
		t.Errorf("got %v", err)
	}
}

// read reads a secret from a server that answers as Secrets Manager does.
func read(t *testing.T, status int, answer map[string]any) (*signingkey.Key, error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if op := r.Header.Get("X-Amz-Target"); op != "secretsmanager.GetSecretValue" || string(body) != `{"SecretId":"`+name+`"}` {
			t.Errorf("%s %s", op, body)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer server.Close()
	return secretsmanager.New(client(server.URL), name).Read(limited(t))
}

func client(endpoint string) *awssecrets.Client {
	return awssecrets.New(awssecrets.Options{
		Region:       "eu-west-1",
		BaseEndpoint: &endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

// limited is a context with a deadline, without which nothing is read or sent.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestASecretIsNotReadWithoutADeadline(t *testing.T) {
	if _, err := secretsmanager.New(client("http://127.0.0.1:1"), name).Read(t.Context()); !errors.Is(err, signingkey.ErrNoDeadline) {
		t.Errorf("got %v", err)
	}
}
