package cloud_test

import (
	"bytes"
	"testing"

	"github.com/opgrants/opgrants/internal/cloud"
)

func TestAKeyInKMSIsReadAtTheStartInsteadOfASecret(t *testing.T) {
	aws := newAWS(t, someKey)
	var log bytes.Buffer
	cloud.New(t.Context(), environment(aws.URL, map[string]string{
		"SIGNING_KEY_SECRET": "", "SIGNING_KEY_KMS": "alias/opgrants", "WALLET_ADDRESS": "https://wallet.example/shop",
	}), &log, cloud.Requests)
	asked := map[string]int{}
	for _, r := range aws.requests() {
		asked[r.Header.Get("X-Amz-Target")]++
	}
	if asked["TrentService.GetPublicKey"] == 0 || asked["secretsmanager.GetSecretValue"] != 0 {
		t.Errorf("asked for %v\n%s", asked, &log)
	}
}
