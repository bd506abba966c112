package privatekey

import (
	"errors"
	"fmt"
)

// What cannot be taken: what it looks like, and what to do. KEY stands for the
// file in the commands.
const newKey = "Open Payments needs an Ed25519 key: make one with `opgrants keygen`"

var (
	errTooLarge      = errors.New("this is too large for a private key; check that it is the right file")
	errEmpty         = errors.New("this is empty; check that the file was written and the variable is set")
	errUTF16         = errors.New("this is text in UTF-16; convert it: iconv -f UTF-16 -t UTF-8 KEY > key.pem")
	errBinary        = errors.New("this is binary data that is no private key; check that it is the right file")
	errUnknown       = errors.New("this is not a private key: it must be a PEM (PKCS#8), DER in base64, a JWK, an OpenSSH key or a seed; " + newKey)
	errHalves        = errors.New("the private key and the public key beside it do not belong together; export the key again, or use the 32-byte seed alone")
	errCutPEM        = errors.New("this is a part of a PEM: it must be whole, from BEGIN PRIVATE KEY to END PRIVATE KEY; in an env file, put it in double quotes")
	errBrokenPEM     = errors.New("this is a PEM, but what is between BEGIN and END is no key: a part is missing or was changed; copy the file again")
	errTwoKeys       = errors.New("this has more than one private key; keep the one whose public key is registered at the wallet address")
	errCutDER        = errors.New("this is a part of a key: its end is missing; copy it again, whole")
	errAfterDER      = errors.New("this is a key followed by other data; copy the key alone")
	errEncrypted     = errors.New("this key is encrypted with a passphrase; write it without: openssl pkey -in KEY -out key.pem")
	errEncryptedSSH  = errors.New("this OpenSSH key is encrypted with a passphrase; take it off: ssh-keygen -p -N '' -f KEY")
	errBrokenSSH     = errors.New("this is an OpenSSH key, but a part is missing or was changed; copy the file again")
	errPuTTY         = errors.New("this is a PuTTY key; convert it: puttygen KEY -O private-openssh -o key.pem")
	errPKCS12        = errors.New("this is a PKCS#12 file; take the key out: openssl pkcs12 -in KEY -nocerts -nodes -out key.pem")
	errPGP           = errors.New("this is a PGP key; " + newKey)
	errAge           = errors.New("this is an age key, which cannot sign; " + newKey)
	errPublic        = errors.New("this is a public key; give the private key that belongs to it, which `opgrants keygen` wrote beside it")
	errCertificate   = errors.New("this is a certificate; give the private key that belongs to it")
	errRequest       = errors.New("this is a certificate request; give the private key that belongs to it")
	errOtherPEM      = errors.New("this is a PEM of another type than PRIVATE KEY; " + newKey)
	errJWKNoPrivate  = errors.New("this is a public JWK: it has no member d; give the private key that belongs to it")
	errJWKMember     = errors.New("this is a JWK whose member d or x is not 32 bytes in base64url; export the key again")
	errJWKSNoPrivate = errors.New("this is a JWKS of public keys; give the private key, not what the wallet address serves")
	errJSON          = errors.New("this is JSON, but neither a JWK nor an object with the member privateKey")
	errPath          = errors.New("this is a path, not a key; set PRIVATE_KEY_PATH to it")
	errARN           = errors.New("this is the name of a secret in AWS, not a key; only the functions on AWS read it, from SIGNING_KEY_SECRET")
	errVariable      = errors.New("this is the name of a variable that was not replaced by its value; nothing is expanded here")
)

func wrongKind(kind string) error {
	return fmt.Errorf("this is a key for %s; %s", kind, newKey)
}

func wrongLength(n int) error {
	if n < 32 {
		return fmt.Errorf("this decodes to %d bytes, and a seed has 32: a part is missing; copy it again, whole", n)
	}
	return fmt.Errorf("this decodes to %d bytes, which are neither a seed (32 bytes), a seed with its public key (64 bytes) nor PKCS#8", n)
}
