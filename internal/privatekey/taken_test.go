package privatekey_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/privatekey"
)

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

func TestEveryFormOfAKeyIsTaken(t *testing.T) {
	for name, input := range taken() {
		got, err := privatekey.Parse([]byte(input))
		if err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
