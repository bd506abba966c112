package kms

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/pkg/opclient"
)

const arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

func TestAKeyInKMSSigns(t *testing.T) {
	s := newServer(t)
	public := s.add(t, arn)
	key, err := s.source().Read(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	if key.WalletAddress != wallet || key.KeyID != signingkey.Thumbprint(public) || !public.Equal(key.Signer().Public()) {
		t.Errorf("got %v", key)
	}
	message := []byte(strings.Repeat("m", maxRaw))
	signature, err := key.Signer().Sign(nil, message, crypto.Hash(0))
	if err != nil || !ed25519.Verify(public, message, signature) {
		t.Errorf("got %x, %v", signature, err)
	}
	authorization := s.last.Header.Get("Authorization")
	if !strings.HasPrefix(authorization, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") || !strings.Contains(authorization, "/eu-west-1/kms/aws4_request") ||
		s.last.Header.Get("X-Amz-Security-Token") != "of the role" {
		t.Errorf("the request is signed as %v", s.last.Header)
	}
	if _, err := key.Signer().Sign(nil, message, crypto.SHA512); err == nil {
		t.Error("it signs a hash")
	}

	source := s.source()
	source.KeyID = "key-1"
	if key, err := source.Read(limited(t)); err != nil || key.KeyID != "key-1" {
		t.Errorf("got %v, %v", key, err)
	}
}

func TestAMessageThatIsTooLongIsNamedAndNotSent(t *testing.T) {
	s := newServer(t)
	s.add(t, arn)
	key, err := s.source().Read(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = key.Signer().Sign(nil, make([]byte, maxRaw+1), crypto.Hash(0))
	var told *grant.Error
	if !errors.Is(err, ErrTooLong) || !errors.Is(err, opclient.ErrNotSent) || !errors.As(err, &told) || told.Code != grant.CodeWalletInvalid || !strings.Contains(err.Error(), "4097 bytes") {
		t.Errorf("got %v", err)
	}
	if s.count("Sign") != 0 {
		t.Error("KMS was asked")
	}
}

func TestEachRefusalOfKMSSaysWhatToDo(t *testing.T) {
	ok := answer{200, `{"KeyId":"` + arn + `","KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY","PublicKey":"AAAA"}`}
	for name, tt := range map[string]struct {
		answers []answer
		code    string
		says    string
		asked   int
	}{
		"no such key":          {[]answer{refusal("NotFoundException")}, grant.CodeKeyMissing, "SIGNING_KEY_KMS", 1},
		"not allowed":          {[]answer{refusal("AccessDeniedException")}, grant.CodeKeyUnavailable, "Allow kms:Sign and kms:GetPublicKey", 1},
		"disabled":             {[]answer{refusal("DisabledException")}, grant.CodeKeyInvalid, "aws kms enable-key --key-id alias/opgrants", 1},
		"to be deleted":        {[]answer{refusal("KMSInvalidStateException")}, grant.CodeKeyInvalid, "aws kms cancel-key-deletion", 1},
		"a symmetric key":      {[]answer{refusal("UnsupportedOperationException")}, grant.CodeKeyInvalid, "--key-spec ECC_NIST_EDWARDS25519", 1},
		"for encryption":       {[]answer{refusal("InvalidKeyUsageException")}, grant.CodeKeyInvalid, "--key-usage SIGN_VERIFY", 1},
		"another curve":        {[]answer{ok}, grant.CodeKeyInvalid, "its spec is ECC_NIST_P256", 1},
		"throttled":            {[]answer{refusal("ThrottlingException"), refusal("ThrottlingException"), refusal("ThrottlingException")}, grant.CodeKeyUnavailable, "Service Quotas", 3},
		"broken":               {[]answer{{503, "<html>"}, {500, ""}, {502, ""}}, grant.CodeKeyUnavailable, "KMS answered 502", 3},
		"expired credentials":  {[]answer{refusal("ExpiredTokenException")}, grant.CodeKeyUnavailable, "credentials", 1},
		"an answer of nothing": {[]answer{{200, `{}`}}, grant.CodeKeyInvalid, "its spec is", 1},
		"an answer of no JSON": {[]answer{{200, `<html>`}}, grant.CodeKeyUnavailable, "not the JSON", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.add(t, arn)
			s.answer(tt.answers...)
			_, err := s.source().Read(limited(t))
			var told *grant.Error
			if !errors.As(err, &told) || told.Code != tt.code || !strings.Contains(err.Error(), tt.says) || !errors.Is(err, opclient.ErrNotSent) {
				t.Errorf("got %v, want %s that says %q", err, tt.code, tt.says)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "of the role") {
				t.Errorf("the error shows the credentials: %v", err)
			}
			if n := s.count("GetPublicKey"); n != tt.asked {
				t.Errorf("KMS was asked %d times, want %d", n, tt.asked)
			}
		})
	}
}

func TestASignatureIsAskedForAgainWhenKMSIsBusy(t *testing.T) {
	s := newServer(t)
	public := s.add(t, arn)
	key, err := s.source().Read(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	s.answer(refusal("ThrottlingException"), answer{500, ""})
	signature, err := key.Signer().Sign(nil, []byte("m"), crypto.Hash(0))
	if err != nil || !ed25519.Verify(public, []byte("m"), signature) || s.count("Sign") != 3 {
		t.Errorf("after %d requests: %v", s.count("Sign"), err)
	}
	s.answer(answer{200, `{"Signature":"AAAA"}`})
	if _, err := key.Signer().Sign(nil, []byte("m"), crypto.Hash(0)); err == nil {
		t.Error("a signature of three bytes is taken")
	}
}

func TestASignatureEndsWithItsContext(t *testing.T) {
	s := newServer(t)
	s.add(t, arn)
	key, err := s.source().Read(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	s.mu.Lock() // KMS does not answer
	_, err = key.Signer().(signingkey.Remote).SignContext(ctx, []byte("m"))
	s.mu.Unlock()
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, opclient.ErrNotSent) {
		t.Errorf("got %v", err)
	}
}

func TestAKeyInKMSIsNotReadWithoutADeadline(t *testing.T) {
	if _, err := sourceAt("http://127.0.0.1:1", "alias/opgrants").Read(t.Context()); !errors.Is(err, signingkey.ErrNoDeadline) {
		t.Errorf("got %v", err)
	}
}

func TestTheEndpointIsOfTheRegion(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "https://kms.eu-west-1.amazonaws.com/", "cn-north-1": "https://kms.cn-north-1.amazonaws.com.cn/",
		"us-gov-west-1": "https://kms.us-gov-west-1.amazonaws.com/", "us-iso-east-1": "https://kms.us-iso-east-1.c2s.ic.gov/",
		"eusc-de-east-1": "https://kms.eusc-de-east-1.amazonaws.eu/", "us-isob-east-1": "https://kms.us-isob-east-1.sc2s.sgov.gov/",
	} {
		c := sourceAt("", "").Client
		c.Region = region
		r, err := c.request(t.Context(), "Sign", nil)
		if err != nil || r.URL.String() != want || r.Method != http.MethodPost {
			t.Errorf("%s: %v, %v", region, r.URL, err)
		}
	}
}
