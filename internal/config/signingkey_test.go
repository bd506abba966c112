package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
)

const keyARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// inKMS are the settings of a key in KMS.
func inKMS(with map[string]string) map[string]string {
	all := map[string]string{"SIGNING_KEY_SECRET": "", "SIGNING_KEY_KMS": keyARN, "WALLET_ADDRESS": "https://wallet.example/shop", "KEY_ID": "key-1"}
	for name, value := range with {
		all[name] = value
	}
	return all
}

func TestASigningKeyInKMS(t *testing.T) {
	c, err := config.FromEnv(deployed(inKMS(nil)))
	if err != nil || c.SigningKeySecret != "" || c.SigningKeyKMS != keyARN || c.WalletAddress != "https://wallet.example/shop" || c.KeyID != "key-1" {
		t.Errorf("got %+v, %v", c, err)
	}
	for _, name := range []string{"alias/opgrants", "mrk-1234abcd12ab34cd56ef1234567890ab", "1234abcd-12ab-34cd-56ef-1234567890ab",
		"arn:aws-cn:kms:cn-north-1:123456789012:alias/shop/opgrants", "arn:aws:kms:eu-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"} {
		if _, err := config.FromEnv(deployed(inKMS(map[string]string{"SIGNING_KEY_KMS": name, "KEY_ID": ""}))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhereTheSigningKeyIsMustBeClear(t *testing.T) {
	for name, tt := range map[string]struct {
		with     map[string]string
		variable string
		says     string
	}{
		"nowhere":                          {map[string]string{"SIGNING_KEY_KMS": ""}, "SIGNING_KEY_SECRET", "SIGNING_KEY_KMS"},
		"at two places":                    {map[string]string{"SIGNING_KEY_SECRET": "opgrants/signing-key"}, "SIGNING_KEY_KMS", "keep one of them"},
		"a name that is no key's":          {map[string]string{"SIGNING_KEY_KMS": "opgrants"}, "SIGNING_KEY_KMS", "alias/…"},
		"no wallet address":                {map[string]string{"WALLET_ADDRESS": ""}, "WALLET_ADDRESS", "is not set"},
		"a wallet address that is not one": {map[string]string{"WALLET_ADDRESS": "shop"}, "WALLET_ADDRESS", "no wallet address"},
	} {
		_, err := config.FromEnv(deployed(inKMS(tt.with)))
		if got := problemNames(t, err); !slices.Equal(got, []string{tt.variable}) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
