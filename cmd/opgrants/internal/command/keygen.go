package command

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
)

// Keygen is `opgrants keygen`.
type Keygen struct {
	Out          string `name:"out" short:"o" default:"private-key.pem" placeholder:"FILE" help:"Key file to write: PKCS#8 PEM, mode 0600. An existing file is never touched."`
	KeyID        string `name:"key-id" placeholder:"ID" help:"The key's id (kid). Default: the key's RFC 7638 thumbprint."`
	ClientWallet string `name:"client-wallet" env:"WALLET_ADDRESS" placeholder:"URL" help:"The client's wallet address: with it, the secret for AWS Secrets Manager is written too."`
	Secret       string `name:"secret" placeholder:"FILE" help:"File for that secret, mode 0600. Default: the key file's name with .secret.json."`
	PublicKey    string `name:"public-key" placeholder:"FILE" help:"Make no key: print what to register of this public key, which is the output of aws kms get-public-key, PEM or DER."`
	SecretID     string `name:"secret-id" env:"SIGNING_KEY_SECRET" default:"opgrants/signing-key" placeholder:"NAME" help:"Name or ARN of the secret, for the command that stores it."`
}

// Help is the long text of --help.
func (*Keygen) Help() string {
	return `Makes an Ed25519 key. The private key is written to the key file, and with --client-wallet also to the file of the
secret. The public key is printed as a JWK, as a JWKS (which a wallet address serves at jwks.json) and as the base64 of
the JWK (which the test wallet's upload takes).

With --public-key it makes no key. It prints the same of a public key that exists, such as that of a key in AWS KMS.`
}

// Run makes the key.
func (c *Keygen) Run(term *cli.Terminal) error {
	if c.PublicKey != "" {
		return c.describePublic(term)
	}
	public, private, err := identity.NewKeyPair()
	if err != nil {
		return err
	}
	jwk, err := identity.NewJWK(public, c.KeyID)
	if err != nil {
		return exit.Usage.With("--key-id: %w", err)
	}
	files, err := c.files(private, jwk.KeyID)
	if err != nil {
		return err
	}
	if err := writeNew(files); err != nil {
		return exit.Key.With("%w", err)
	}
	return c.printUse(term, jwk)
}

// files returns the files to write.
func (c *Keygen) files(key []byte, keyID string) ([]file, error) {
	files := []file{{c.Out, key}}
	if c.ClientWallet == "" {
		return files, nil
	}
	secret, err := identity.EncodeSecret(c.ClientWallet, keyID, key)
	if err != nil {
		return nil, exit.Usage.With("--client-wallet: %w", err)
	}
	return append(files, file{c.secretFile(), secret}), nil
}

func (c *Keygen) secretFile() string {
	if c.Secret != "" {
		return c.Secret
	}
	return strings.TrimSuffix(c.Out, filepath.Ext(c.Out)) + ".secret.json"
}

func (c *Keygen) printUse(term *cli.Terminal, jwk identity.JWK) error {
	text, err := jwk.Describe()
	if err != nil {
		return err
	}
	text = fmt.Sprintf("Private key: %s (there is no other copy)\n%s", c.Out, text)
	text += fmt.Sprintf("\nUse it\n  export KEY_ID=%s PRIVATE_KEY_PATH=%s\n", jwk.KeyID, shellQuote(c.Out))
	text += "\nStore it in AWS Secrets Manager\n"
	if c.ClientWallet == "" {
		text += "  With --client-wallet, keygen also writes the JSON of the secret to a file beside the key.\n"
	} else {
		f := c.secretFile()
		text += fmt.Sprintf("  aws secretsmanager put-secret-value%s --secret-id %s --secret-string %s && rm %s\n",
			c.region(), shellQuote(c.SecretID), shellQuote("file://"+f), shellQuote(f))
	}
	_, err = io.WriteString(term.Out, text)
	return err
}

// region is the option for an ARN of another region than the default one: the AWS CLI
// does not read it from the ARN.
func (c *Keygen) region() string {
	if parts := strings.Split(c.SecretID, ":"); len(parts) == 7 && parts[0] == "arn" {
		return " --region " + shellQuote(parts[3])
	}
	return ""
}

// shellQuote quotes s as one word of a POSIX shell.
func shellQuote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+=") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
