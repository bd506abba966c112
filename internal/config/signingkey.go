package config

import (
	"strings"

	"github.com/opgrants/opgrants/internal/pattern"
)

// readSigningKey checks where the signing key is: in a secret, or in KMS, which knows
// neither the wallet address nor the id under which the key is registered there.
func (c *Config) readSigningKey(e env) {
	checkName(e.problems, "SIGNING_KEY_SECRET", c.SigningKeySecret)
	if !awsKeyName().MatchString(c.SigningKeyKMS) {
		e.problems.add("SIGNING_KEY_KMS", "is %s, which is no ARN, id or alias (alias/…) of a KMS key", Describe(c.SigningKeyKMS))
	}
	switch {
	case c.SigningKeySecret == "" && c.SigningKeyKMS == "":
		e.problems.add("SIGNING_KEY_SECRET", "is not set; it is the name or ARN of the Secrets Manager secret with the signing key. For a key in KMS set SIGNING_KEY_KMS")
	case c.SigningKeySecret != "" && c.SigningKeyKMS != "":
		e.problems.add("SIGNING_KEY_KMS", "is set, and SIGNING_KEY_SECRET too; keep one of them")
	case c.SigningKeyKMS != "" && c.WalletAddress == "":
		e.problems.add("WALLET_ADDRESS", "is not set; it is the wallet address of this service, whose JWKS has the KMS key")
	}
	checkWalletAddress(e.problems, "WALLET_ADDRESS", c.WalletAddress)
}

// checkWalletAddress reports a value that is not empty and no wallet address.
func checkWalletAddress(p *problems, name, value string) {
	if value != "" && (!strings.Contains(value, "://") && !strings.HasPrefix(value, "$") || !isPrintable(value)) {
		p.add(name, "%s is no wallet address such as https://wallet.example/shop or $wallet.example/shop", Describe(value))
	}
}

// awsKeyName matches how KMS names keys, or nothing. A multi-region key's id is mrk- and
// 32 hexadecimal digits.
var awsKeyName = pattern.New(`^((arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:)?(key/)?(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})|(arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:)?alias/[A-Za-z0-9/_-]{1,250})?$`)
