package privatekey_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/privatekey"
	"github.com/opgrants/opgrants/test/inputs"
)

// refused are inputs that are no key that can be used, with what the error says.
func refused(t *testing.T) map[string]inputs.Row {
	rows := map[string]inputs.Row{}
	add := func(name, input, says string) { rows[name] = inputs.Row{Input: input, Result: says} }
	mismatch := append(append([]byte{}, seed...), seed...)
	add("Nothing", "", "this is empty")
	add("White space only", " \r\n\t", "this is empty")
	add("Empty quotes", `""`, "this is empty")
	add("PEM in UTF-16 with a byte order mark", "\xff\xfe"+utf16LE(text), "UTF-16; convert it: iconv")
	add("PEM in UTF-16 without one", utf16LE(text), "UTF-16; convert it: iconv")
	add("The seed in hexadecimal in UTF-16", utf16LE(hex.EncodeToString(seed)), "UTF-16; convert it: iconv")
	add("The first line of a PEM", "-----BEGIN PRIVATE KEY-----", "this is a part of a PEM")
	add("The first half of a PEM", text[:60], "this is a part of a PEM")
	add("The seed after the first line of a PEM", "-----BEGIN PRIVATE KEY-----\n"+b64(seed), "this is a part of a PEM")
	add("The last half of a PEM", text[50:], "this is a part of a PEM")
	add("A PEM with a character missing", strings.Replace(text, "MC4CAQ", "MC4AQ", 1), "a part is missing or was changed")
	add("A PEM of something else", pemOf("PRIVATE KEY", []byte("nothing that is a key, but long")), "a part is missing or was changed")
	add("A PEM with another label", pemOf("HUNTER2", der), "a PEM of another type than PRIVATE KEY")
	add("A PEM of a public key", publicPEM, "this is a public key")
	add("A PEM of a certificate", file(t, "cert.pem.txt"), "this is a certificate;")
	add("A certificate in DER", file(t, "cert.der"), "this is a certificate;")
	add("A certificate request", file(t, "request.pem.txt"), "this is a certificate request")
	add("A certificate request in DER", file(t, "request.der"), "this is a certificate request")
	add("A public key in DER", file(t, "public.der"), "this is a public key")
	add("A public key in DER in base64", b64([]byte(file(t, "public.der"))), "this is a public key")
	add("A public key of ssh-keygen", file(t, "openssh_ed25519.pub"), "this is a public key")
	add("A public key after `PUBLIC_KEY=`", "PUBLIC_KEY="+b64(public), "this is a public key")
	add("An encrypted PEM", file(t, "pkcs8_encrypted.pem.txt"), "write it without: openssl pkey -in KEY -out key.pem")
	add("Encrypted PKCS#8 in DER", file(t, "pkcs8_encrypted.der"), "write it without: openssl pkey -in KEY -out key.pem")
	add("An encrypted OpenSSH key", file(t, "openssh_encrypted"), "take it off: ssh-keygen -p -N '' -f KEY")
	add("A PKCS#12 file", file(t, "key.p12"), "take the key out: openssl pkcs12")
	add("A PuTTY key", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "convert it: puttygen KEY -O private-openssh -o key.pem")
	add("A PGP key", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlFgEY\n-----END PGP PRIVATE KEY BLOCK-----", "this is a PGP key")
	add("An age key", "AGE-SECRET-KEY-1QQPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQ", "this is an age key")
	add("An RSA key", file(t, "rsa.pem.txt"), "this is a key for RSA")
	add("An encrypted RSA key", file(t, "rsa_encrypted.pem.txt"), "this is a key for RSA")
	add("An RSA key in PKCS#8 in DER", file(t, "rsa_pkcs8.der"), "this is a key for RSA")
	add("An RSA key in PKCS#1 in DER", file(t, "rsa_pkcs1.der"), "this is a key for RSA")
	add("An RSA key of ssh-keygen", file(t, "openssh_rsa"), "this is a key for RSA")
	add("An RSA JWK", `{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}`, "this is a key for RSA")
	add("An EC key", file(t, "ec.pem.txt"), "this is a key for ECDSA")
	add("An EC key in DER", file(t, "ec.der"), "this is a key for ECDSA")
	add("An EC key of ssh-keygen", file(t, "openssh_ecdsa"), "this is a key for ECDSA")
	add("An EC JWK", `{"kty":"EC","crv":"P-256","d":"AQ"}`, "this is a key for ECDSA")
	add("An Ed448 key", file(t, "ed448.pem.txt"), "this is a key for Ed448")
	add("An X25519 key", file(t, "x25519.pem.txt"), "this is a key for X25519, which cannot sign")
	add("An X25519 JWK", fmt.Sprintf(`{"kty":"OKP","crv":"X25519","d":%q}`, b64u(seed)), "this is a key for X25519, which cannot sign")
	add("A shared secret as JWK", fmt.Sprintf(`{"kty":"oct","k":%q}`, b64u(seed)), "this is a key for a shared secret")
	add("A public JWK", fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, b64u(public)), "this is a public JWK")
	add("A JWKS of public keys", fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":%q}]}`, b64u(public)), "this is a JWKS of public keys")
	add("A JWK whose x is another key's", fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","d":%q,"x":%q}`, b64u(seed), b64u(seed)), "do not belong together")
	add("A JWK whose d is cut", fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","d":%q}`, b64u(seed[:20])), "a JWK whose member d or x is not 32 bytes")
	add("JSON without a key", `{"a":1}`, "this is JSON, but neither a JWK nor")
	add("64 bytes whose halves do not agree", b64(mismatch), "do not belong together")
	add("64 such bytes as a file", string(mismatch), "do not belong together")
	add("PKCS#8 version 2 with another public key", b64(append(derV2[:51:51], seed...)), "do not belong together")
	add("A PEM and another key's public key", pemOf("PUBLIC KEY", append(unhex("302a300506032b6570032100"), seed...))+text, "do not belong together")
	add("Two different keys", text+otherPEM, "more than one private key")
	add("Half a seed in base64", b64(seed[:16]), "decodes to 16 bytes, and a seed has 32")
	add("A seed in base64 without its last characters", b64(seed)[:40], "decodes to 30 bytes, and a seed has 32")
	add("Half a seed in hexadecimal", hex.EncodeToString(seed[:16]), "decodes to 24 bytes, and a seed has 32")
	add("DER in base64 without its end", b64(der)[:40], "its end is missing")
	add("DER with its end missing", string(der[:40]), "its end is missing")
	add("DER in base64 cut to 32 bytes", b64(der[:32]), "its end is missing")
	add("DER cut to 32 bytes", string(der[:32]), "its end is missing")
	add("A JWK in base64 cut to 32 bytes", b64([]byte(jwk[:32])), "this is not a private key")
	add("PEM in base64 cut to 32 bytes", b64([]byte(text[:32])), "this is a part of a PEM")
	add("DER followed by other data", string(der)+"\x01\x02", "followed by other data")
	add("48 bytes of something else in base64", b64([]byte("\xff"+text[:47])), "decodes to 48 bytes, which are neither")
	add("A binary file", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00hunter2", "this is binary data")
	add("A compressed file", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03hunter2", "this is binary data")
	add("A path", "/run/secrets/opgrants/key", "this is a path, not a key; set PRIVATE_KEY_PATH")
	add("A file's name", "private-key.pem", "this is a path, not a key; set PRIVATE_KEY_PATH")
	add("A path on Windows", `C:\keys\new\key.pem`, "this is a path, not a key; set PRIVATE_KEY_PATH")
	add("A path as a URL", "file:///etc/opgrants/key.pem", "this is a path, not a key; set PRIVATE_KEY_PATH")
	add("A variable that was not expanded", "${PRIVATE_KEY}", "a variable that was not replaced")
	add("A placeholder", "<your private key>", "a variable that was not replaced")
	add("A command that was not run", "$(cat key.pem)", "a variable that was not replaced")
	add("The ARN of a secret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-AbCdEf", "the name of a secret in AWS")
	add("Words", "correct horse battery staple!", "this is not a private key")
	add("Base64 of both alphabets", "-+"+b64(seed)[2:], "this is not a private key")
	add("A megabyte", strings.Repeat("A", 1<<20), "too large for a private key")
	return rows
}

func TestWhatIsNoKeyIsNamedAndNotRepeated(t *testing.T) {
	for name, row := range refused(t) {
		got, err := privatekey.Parse([]byte(row.Input))
		if err == nil || !strings.Contains(err.Error(), row.Result) || got != nil {
			t.Errorf("%s: got %v, want %q", name, err, row.Result)
			continue
		}
		mustNotRepeat(t, name, row.Input, err)
	}
}

// mustNotRepeat fails if eight characters of input are in the error, unless they
// are words that any text may have.
func mustNotRepeat(t *testing.T, name, input string, err error) {
	t.Helper()
	said := strings.ToLower(err.Error())
	for i := 0; i+8 <= len(input); i++ {
		part := input[i : i+8]
		if words := strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz -_./12") == ""; !words && strings.Contains(said, strings.ToLower(part)) {
			t.Errorf("%s: the error repeats %q: %v", name, part, err)
		}
	}
}
