package privatekey_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/opgrants/opgrants/internal/privatekey"
	"github.com/opgrants/opgrants/test/inputs"
)

// The key of RFC 8032 section 7.1, test 1, and PKCS#8 of it in version 1 and 2.
var (
	seed      = unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	key       = ed25519.NewKeyFromSeed(seed)
	public    = []byte(key[32:])
	der       = append(unhex("302e020100300506032b657004220420"), seed...)
	derV2     = append(append(append(unhex("3051020101300506032b657004220420"), seed...), unhex("812100")...), public...)
	text      = pemOf("PRIVATE KEY", der)
	b64       = base64.StdEncoding.EncodeToString
	b64u      = base64.RawURLEncoding.EncodeToString
	jwk       = fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","kid":"key-1","d":%q,"x":%q}`, b64u(seed), b64u(public))
	publicPEM = pemOf("PUBLIC KEY", append(unhex("302a300506032b6570032100"), public...))
	otherPEM  = pemOf("PRIVATE KEY", append(unhex("302e020100300506032b657004220420"), public...))
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func pemOf(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func utf16LE(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	return b.String()
}

func quoted(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func numbers(b []byte) string { return strings.ReplaceAll(fmt.Sprint(b), " ", ",") }

func without(label, s string) string { return strings.Replace(s, label, "", 1) }

// taken are inputs that all are the key above.
func taken() map[string]string {
	replace := strings.ReplaceAll
	return map[string]string{
		"PKCS#8 in PEM":                                     text,
		"A byte order mark before the PEM":                  "\ufeff" + text,
		"PEM with CRLF":                                     replace(text, "\n", "\r\n"),
		"PEM with CR alone":                                 replace(text, "\n", "\r"),
		"PEM with indented lines (YAML block)":              "  |\n    " + replace(text, "\n", "\n    "),
		"PEM with spaces for its line breaks":               replace(text, "\n", " "),
		"PEM without its line breaks":                       replace(text, "\n", ""),
		"PEM without any white space":                       replace(replace(text, "\n", ""), " ", ""),
		"PEM with `\\n` for its line breaks":                replace(text, "\n", `\n`),
		"PEM with `\\n` escaped twice":                      replace(text, "\n", `\\n`),
		"PEM with `\\r\\n` for its line breaks":             replace(text, "\n", `\r\n`),
		"PEM with a backslash at the end of each line":      replace(text, "\n", "\\\n"),
		"PEM broken every 16 characters":                    replace(text, "BCIEI", "BCIEI\n"),
		"PEM with blank lines between":                      replace(text, "\n", "\n\n"),
		"PEM with no-break and zero-width spaces":           replace(replace(text, "\n", "\u00a0"), "MC4", "\u200bMC4"),
		"PEM with typographic dashes":                       replace(text, "-----", "—–-"),
		"PEM without its last line":                         without("-----END PRIVATE KEY-----\n", text),
		"PEM without its first line":                        without("-----BEGIN PRIVATE KEY-----\n", text),
		"PEM quoted in a mail with >":                       "> " + replace(text, "\n", "\n> "),
		"PEM with text around it":                           "Bag Attributes\n  friendlyName: x\n" + text + "\n# the key of the shop\n",
		"PEM with headers":                                  replace(text, "KEY-----\nMC", "KEY-----\nComment: shop\n\nMC"),
		"PEM in double quotes":                              `"` + text + `"`,
		"PEM in single quotes, twice":                       `'"` + text + `"'`,
		"PEM in typographic quotes":                         "“" + text + "”",
		"PEM with a quote on one side":                      `"` + text,
		"PEM after `PRIVATE_KEY=`":                          `export PRIVATE_KEY="` + replace(text, "\n", `\n`) + `"`,
		"PEM after `privateKey: \\|`":                       "privateKey: |\n  " + replace(text, "\n", "\n  "),
		"PEM as a JSON string":                              quoted(text),
		"PEM as a JSON list of its lines":                   quoted(strings.Split(text, "\n")),
		"PEM percent-encoded":                               url.PathEscape(text),
		"PEM as a form encodes it":                          url.QueryEscape(text),
		"PEM in base64":                                     b64([]byte(text)),
		"PEM in base64 twice":                               b64([]byte(b64([]byte(text)))),
		"PEM in base64 with line breaks":                    b64([]byte(text))[:76] + "\n" + b64([]byte(text))[76:] + "\n",
		"PEM in a data: URL":                                "data:application/x-pem-file;base64," + b64([]byte(text)),
		"PEM and its public key":                            publicPEM + text,
		"The same PEM twice":                                text + text,
		"PEM of PKCS#8 version 2":                           pemOf("PRIVATE KEY", derV2),
		"PEM with only the seed in it":                      pemOf("PRIVATE KEY", seed),
		"PKCS#8 in DER":                                     string(der),
		"PKCS#8 in DER, version 2":                          string(derV2),
		"PKCS#8 in DER and a line break":                    string(der) + "\n",
		"DER in base64":                                     b64(der),
		"DER in base64 in quotes":                           `"` + b64(der) + `"`,
		"DER in base64url":                                  b64u(derV2),
		"DER in hexadecimal":                                hex.EncodeToString(der),
		"DER in base64 with text around it":                 "private key of the shop: " + b64(der) + " (2026)",
		"DER in base64 with `\\u002B` and `\\/`":            replace(replace(b64(derV2), "+", `\u002B`), "/", `\/`),
		"The seed in base64":                                b64(seed),
		"The seed in base64 without padding":                base64.RawStdEncoding.EncodeToString(seed),
		"The seed in base64url":                             b64u(seed),
		"The seed in base64 with `%3D`":                     url.QueryEscape(b64(seed)),
		"The seed in hexadecimal":                           hex.EncodeToString(seed),
		"The seed in capital hexadecimal after 0x":          "0x" + strings.ToUpper(hex.EncodeToString(seed)),
		"The seed in hexadecimal with colons":               replace(fmt.Sprintf("% x", seed), " ", ":"),
		"The seed in hexadecimal in base64":                 b64([]byte(hex.EncodeToString(seed))),
		"The seed as 32 bytes":                              string(seed),
		"The seed as a list of numbers":                     numbers(seed),
		"Seed and public key as 64 bytes":                   string(key),
		"Seed and public key in base64":                     b64(key),
		"Seed and public key in base64url":                  b64u(key),
		"Seed and public key in hexadecimal":                hex.EncodeToString(key),
		"Seed and public key as a list of numbers":          numbers(key),
		"A Buffer as Node.js writes it in JSON":             `{"type":"Buffer","data":` + numbers(der) + `}`,
		"A private JWK":                                     jwk,
		"A private JWK over several lines":                  replace(jwk, ",", ",\n  "),
		"A private JWK with escaped quotes":                 replace(jwk, `"`, `\"`),
		"A private JWK as a JSON string":                    quoted(jwk),
		"A private JWK in base64":                           b64([]byte(jwk)),
		"A private JWK without x":                           fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","d":%q}`, b64u(seed)),
		"A private JWK whose d is seed and public key":      fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","d":%q}`, b64u(key)),
		"A JWKS with one private key":                       `{"keys":[{"kty":"RSA","n":"x"},` + jwk + `]}`,
		"The JSON secret of the functions":                  `{"walletAddress":"https://a.example/b","keyId":"1","privateKey":` + quoted(b64(der)) + `}`,
		"What `aws secretsmanager get-secret-value` prints": `{"ARN":"arn:aws:x","SecretString":` + quoted(`{"privateKey":`+quoted(text)+`}`) + `}`,
	}
}

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

func file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryFormOfAKeyIsTaken(t *testing.T) {
	for name, input := range taken() {
		got, err := privatekey.Parse([]byte(input))
		if err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", name, err)
		}
	}
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

func TestTheDocumentationListsTheFormsOfKeys(t *testing.T) {
	var tried []inputs.Row
	for name := range taken() {
		tried = append(tried, inputs.Row{Input: name, Result: inputs.Taken})
	}
	for name, row := range refused(t) {
		tried = append(tried, inputs.Row{Input: name, Result: "`" + row.Result + "`"})
	}
	for _, name := range toolFiles {
		tried = append(tried, inputs.Row{Input: name.what, Result: inputs.Taken})
	}
	inputs.Check(t, "Private keys", tried)
}

// toolFiles were written by ssh-keygen 9 and openssl 3.
var toolFiles = []struct{ what, file, public string }{
	{"An OpenSSH key as `ssh-keygen -t ed25519` writes it", "openssh_ed25519", "openssh_ed25519.pub"},
	{"An OpenSSH key without a comment", "openssh_no_comment", "openssh_no_comment.pub"},
	{"What `openssl genpkey` writes", "pkcs8_ed25519.pem.txt", "pkcs8_ed25519.pub.txt"},
	{"What `openssl pkey -outform DER` writes", "pkcs8_ed25519.der", "pkcs8_ed25519.pub.txt"},
	{"What `openssl pkey -text` prints", "openssl_text.txt", "pkcs8_ed25519.pub.txt"},
	{"What `openssl pkey -text -noout` prints", "openssl_text_only.txt", "pkcs8_ed25519.pub.txt"},
}

func TestWhatToolsWriteIsTaken(t *testing.T) {
	for _, tt := range toolFiles {
		input, public := file(t, tt.file), file(t, tt.public)
		for name, mangled := range map[string]string{
			"as it is": input, "in base64": b64([]byte(input)), "with CRLF": strings.ReplaceAll(input, "\n", "\r\n"),
		} {
			if name == "with CRLF" && strings.HasSuffix(tt.file, ".der") {
				continue
			}
			got, err := privatekey.Parse([]byte(mangled))
			if err != nil {
				t.Errorf("%s, %s: %v", tt.what, name, err)
				continue
			}
			if !strings.Contains(decodedPublic(public), string(got[32:])) {
				t.Errorf("%s, %s: another key", tt.what, name)
			}
		}
	}
}

// decodedPublic is what a public key's PEM or line of ssh-keygen has in base64.
func decodedPublic(text string) string {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return string(block.Bytes)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Fields(text)[1])
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func TestAnOpenSSHKeyThatWasCutOrChangedIsRefused(t *testing.T) {
	block, _ := pem.Decode([]byte(file(t, "openssh_ed25519")))
	for n := range block.Bytes {
		cut := block.Bytes[:n]
		if got, err := privatekey.Parse(cut); err == nil && n < len(block.Bytes)-32 {
			t.Errorf("cut after %d bytes it is read as a key: %v", n, got != nil)
		}
	}
	for _, at := range []int{len(block.Bytes) - 100, 98, 62} {
		changed := append([]byte{}, block.Bytes...)
		changed[at] ^= 1
		if _, err := privatekey.Parse(changed); err == nil {
			t.Errorf("changed at %d it is read as a key", at)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, input := range taken() {
		f.Add([]byte(input))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := privatekey.Parse(data)
		switch {
		case err == nil && len(got) != ed25519.PrivateKeySize:
			t.Errorf("a key of %d bytes", len(got))
		case err == nil && !ed25519.Verify(got.Public().(ed25519.PublicKey), data, ed25519.Sign(got, data)):
			t.Error("the halves of the key do not agree")
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Errorf("the error has several lines: %v", err)
		case err != nil:
			for i := 0; i+20 <= len(data); i += 20 {
				if strings.Contains(err.Error(), string(data[i:i+20])) && !strings.Contains("PRIVATE KEY", string(data[i:i+8])) {
					t.Errorf("the error repeats the input: %v", err)
				}
			}
		}
	})
}
