package command

import (
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
)

// Keygen is `opgrants keygen`.
type Keygen struct {
	Out          string `name:"out" short:"o" xor:"what" placeholder:"FILE" help:"Key file to write: PKCS#8 PEM, mode 0600. An existing file is never touched. Default: private-key.pem."`
	From         string `name:"from" xor:"what,secret" placeholder:"FILE" help:"Show the public half of this key file, and make no key."`
	KeyID        string `name:"key-id" placeholder:"ID" help:"The key's id (kid). Default: the key's RFC 7638 thumbprint."`
	ClientWallet string `name:"client-wallet" env:"WALLET_ADDRESS" placeholder:"URL" help:"The client's wallet address: with it, the secret for AWS Secrets Manager is written too."`
	Secret       string `name:"secret" xor:"secret" placeholder:"FILE" help:"File for that secret, mode 0600. Default: the key file's name with .secret.json."`
	PublicKey    string `name:"public-key" xor:"what,secret" placeholder:"FILE" help:"Make no key: print what to register of this public key, which is the output of aws kms get-public-key, PEM or DER."`
	SecretID     string `name:"secret-id" env:"SIGNING_KEY_SECRET" default:"opgrants/signing-key" placeholder:"NAME" help:"Name or ARN of the secret, for the command that stores it."`

	Output cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Keygen) Help() string {
	return `Makes an Ed25519 key. The private key is written to the key file, and with --client-wallet also to the file of the
secret. The public key is printed as a JWK, as a JWKS (which a wallet address serves at jwks.json) and as the base64 of
the JWK (which the test wallet's upload takes).

With --from, it shows the same of a private key that you have. With --public-key, of a public key, such as that of a key in
AWS KMS.` +
		exitCodes(exit.OK, exit.Internal, exit.Usage, exit.Key)
}

// Run makes the key, or reads the one of --from.
func (c *Keygen) Run(term *cli.Terminal) error {
	out := c.Output.To(term)
	err := c.run(out)
	var e *exit.Error
	if errors.As(err, &e) && e.Next == "" { // the doctor does not look at this key
		e.Next = "opgrants keygen --help"
	}
	return out.End(err)
}

func (c *Keygen) run(out *cli.Output) error {
	if c.PublicKey != "" {
		return c.printPublic(out)
	}
	if c.From != "" {
		key, _, err := identity.ReadKey("--from", c.From, "")
		if err != nil {
			return err
		}
		public, _ := key.Public().(ed25519.PublicKey) // as of every Ed25519 key
		jwk, err := identity.NewJWK(public, c.KeyID)
		if err != nil {
			return exit.Usage.With("--key-id: %w", err)
		}
		c.Out = c.From
		return c.printUse(out, jwk, false)
	}
	if err := c.check(); err != nil {
		return err
	}
	c.Out = cmp.Or(c.Out, "private-key.pem")
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
		return exit.Key.With("%w", err).Then("opgrants keygen --out other-key.pem")
	}
	return c.printUse(out, jwk, true)
}

// check refuses flags with which a new key would not be where its owner looks for it.
func (c *Keygen) check() error {
	switch {
	case c.Out == "-":
		return exit.Usage.With("--out -: the private key is written to a file, and never printed. Name the file.")
	case c.Secret == "-":
		return exit.Usage.With("--secret -: the secret has the private key, which is written to a file and never printed. Name the file.")
	case c.Secret != "" && c.ClientWallet == "":
		return exit.Usage.With("--secret needs --client-wallet: the secret has the wallet address in it.")
	}
	return nil
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

// A newKey is the key as --json prints it.
type newKey struct {
	KeyID          string       `json:"keyId"`
	PrivateKeyPath string       `json:"privateKeyPath,omitempty"` // "": only the public half is known
	SecretFile     string       `json:"secretFile,omitempty"`
	KMSKey         string       `json:"kmsKey,omitempty"` // ARN
	JWK            identity.JWK `json:"jwk"`
	JWKInBase64    string       `json:"jwkBase64"`
}

// printUse prints the public key, and how to use the private one. isNew is set if this
// command has made the key.
func (c *Keygen) printUse(out *cli.Output, jwk identity.JWK, isNew bool) error {
	public, err := jwk.Describe()
	if err != nil {
		return err
	}
	encoded, err := jwk.Base64()
	if err != nil {
		return err
	}
	made := newKey{KeyID: jwk.KeyID, PrivateKeyPath: c.Out, JWK: jwk, JWKInBase64: encoded}
	use := fmt.Sprintf("\nUse it\n  export KEY_ID=%s PRIVATE_KEY_PATH=%s\n", jwk.KeyID, cli.ShellQuote(c.Out))
	if !isNew {
		return out.Key(fmt.Sprintf("Private key: %s\n%s%s", c.Out, public, strings.TrimSuffix(use, "\n")), made)
	}
	text := fmt.Sprintf("Private key: %s (there is no other copy)\n%s%s", c.Out, public, use)
	text += "\nStore it in AWS Secrets Manager\n"
	if c.ClientWallet == "" {
		text += "  With --client-wallet, keygen also writes the JSON of the secret to a file beside the key."
	} else {
		made.SecretFile = c.secretFile()
		f := cli.ShellQuote(made.SecretFile)
		text += fmt.Sprintf("  aws secretsmanager put-secret-value%s --secret-id %s --secret-string %s && rm %s",
			c.region(), cli.ShellQuote(c.SecretID), cli.ShellQuote("file://"+c.secretFile()), f)
	}
	return out.Key(text, made)
}

// region is the option for an ARN of another region than the default one: the AWS CLI
// does not read it from the ARN.
func (c *Keygen) region() string {
	if parts := strings.Split(c.SecretID, ":"); len(parts) == 7 && parts[0] == "arn" {
		return " --region " + cli.ShellQuote(parts[3])
	}
	return ""
}
