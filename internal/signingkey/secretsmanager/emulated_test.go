//go:build tools

package secretsmanager_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssecrets "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/signingkey/secretsmanager"
	"github.com/opgrants/opgrants/test/peers"
)

func TestASecretFromItsCreationToItsReplacement(t *testing.T) {
	c := client(peers.SecretsManager(t))
	source := secretsmanager.New(c, name)
	mustBeMissing := func(when string) {
		t.Helper()
		var told *grant.Error
		if _, err := source.Read(limited(t)); !errors.As(err, &told) || told.Code != grant.CodeKeyMissing {
			t.Errorf("%s: got %v", when, err)
		}
	}
	mustBeMissing("before it exists")
	if _, err := c.CreateSecret(limited(t), &awssecrets.CreateSecretInput{Name: aws.String(name)}); err != nil {
		t.Fatal(err)
	}
	mustBeMissing("without a value")

	for _, keyID := range []string{"key-1", "key-2"} {
		value := `{"walletAddress":"https://wallet.example/shop","keyId":"` + keyID + `","privateKey":"` + seed + `"}`
		if _, err := c.PutSecretValue(limited(t), &awssecrets.PutSecretValueInput{SecretId: aws.String(name), SecretString: &value}); err != nil {
			t.Fatal(err)
		}
		if key, err := source.Read(limited(t)); err != nil || key.KeyID != keyID {
			t.Errorf("got %v, %v, want %s", key, err, keyID)
		}
	}
}
