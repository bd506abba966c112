package signingkey

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/inputs"
)

const (
	seed   = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=" // RFC 8032 section 7.1, test 1
	wallet = "https://wallet.example/shop"
)

func secretWith(privateKey string) string {
	b, _ := json.Marshal(map[string]string{"walletAddress": wallet, "keyId": "key-1", "privateKey": privateKey})
	return string(b)
}

// rfcKey is the key of seed, and its PEM.
func rfcKey(t *testing.T) (private ed25519.PrivateKey, text string) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(seed)
	if err != nil {
		t.Fatal(err)
	}
	private = ed25519.NewKeyFromSeed(raw)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return private, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func takenSecrets(t *testing.T) map[string]string {
	private, text := rfcKey(t)
	url := base64.RawURLEncoding.EncodeToString
	jwk := `{"kty":"OKP","crv":"Ed25519","d":"` + url(private.Seed()) + `","x":"` + url(private[32:]) + `"}`
	plain := secretWith(seed)
	with := func(old, new string) string { return strings.Replace(plain, old, new, 1) }
	return map[string]string{
		"The JSON that `opgrants keygen` writes":              secretWith(base64.StdEncoding.EncodeToString([]byte(text))),
		"A PEM with its line breaks as `\\n`":                 secretWith(text),
		"A PEM whose line breaks became spaces (AWS console)": secretWith(strings.ReplaceAll(text, "\n", " ")),
		"A PEM with `\\n` escaped twice":                      secretWith(strings.ReplaceAll(text, "\n", `\n`)),
		"A PEM with real line breaks in the JSON string":      with(`"`+seed+`"`, `"`+text+`"`),
		"A seed in base64":                                    plain,
		"A JWK as an object":                                  with(`"`+seed+`"`, jwk),
		"A JWK as text":                                       secretWith(jwk),
		"One member more":                                     with("{", `{"note":"x","rotated":{"at":[1]},`),
		"A member that is null":                               with("{", `{"keyId":null,"SecretString":null,`),
		"A member twice with the same value":                  with("{", `{"keyId":"key-1",`),
		"Names as the variables are spelt":                    `{"WALLET_ADDRESS":"` + wallet + `","KEY_ID":"key-1","PRIVATE_KEY":"` + seed + `"}`,
		"Space around names and values":                       `{" walletAddress ":" ` + wallet + ` ","keyId":"key-1\n","privateKey":" ` + seed + ` "}`,
		"Quotes in the values":                                `{"walletAddress":"\"` + wallet + `\"","keyId":"'key-1'","privateKey":"\"` + seed + `\""}`,
		"A byte order mark before it":                         "\ufeff" + plain,
		"White space around it":                               "\n " + plain + "\r\n",
		"The JSON as a JSON string":                           jsonOf(plain),
		"The JSON with escaped quotes":                        strings.ReplaceAll(plain, `"`, `\"`),
		"The JSON in base64":                                  base64.StdEncoding.EncodeToString([]byte(plain)),
		"What `aws secretsmanager get-secret-value` prints":   `{"ARN":"arn:aws:x","SecretString":` + jsonOf(plain) + `}`,
	}
}

func refusedSecrets() map[string]inputs.Row {
	plain := secretWith(seed)
	rows := map[string]inputs.Row{}
	add := func(name, secret, says string) { rows[name] = inputs.Row{Input: secret, Result: says} }
	with := func(old, new string) string { return strings.Replace(plain, old, new, 1) }
	add("Nothing", "", "the secret is not JSON")
	add("Only the key", seed, "the secret is the private key alone")
	add("A list", `["hunter2"]`, "the secret is not JSON")
	add("JSON that is cut", plain[:100], "the secret is not JSON")
	add("JSON without its last brace", strings.TrimSuffix(plain, "}"), "the secret is not JSON")
	add("Two JSON objects", plain+plain, "the secret is not JSON")
	add("Lines of NAME=value", "WALLET_ADDRESS="+wallet+"\nPRIVATE_KEY="+seed, "the secret is not JSON")
	add("UTF-16", "\xff\xfe{\x00", "the secret is in UTF-16")
	add("The name of a file", "file://private-key.secret.json", "the secret is the name of a file")
	add("A member twice with different values", with("{", `{"privateKey":"`+strings.ToLower(seed)+`",`), "privateKey twice, with different values")
	add("A number for the key's id", with(`"key-1"`, "16180339887"), "keyId is not text")
	add("A list for the private key", with(`"`+seed+`"`, `["`+seed+`"]`), "privateKey is not text")
	add("No wallet address", `{"keyId":"key-1","privateKey":"`+seed+`"}`, "no walletAddress")
	add("An empty wallet address", with(wallet, ""), "no walletAddress")
	add("No key id", with("key-1", ""), "no keyId")
	add("No private key", secretWith(""), "no privateKey")
	add("The key for the wallet address", with(wallet, seed), "walletAddress is no URL")
	add("The key for the key's id", with("key-1", seed), "the key's id is the private key itself")
	add("Half a key", secretWith(seed[:20]), "privateKey: this decodes to 15 bytes")
	add("A public JWK", with(`"`+seed+`"`, `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`), "privateKey: this is a public JWK")
	add("A broken PEM", secretWith("-----BEGIN PRIVATE KEY-----\n"+seed), "privateKey: this is a part of a PEM")
	return rows
}

func TestASecretIsReadInEachForm(t *testing.T) {
	private, _ := rfcKey(t)
	for name, secret := range takenSecrets(t) {
		got, err := ParseSecret([]byte(secret))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.WalletAddress != wallet || got.KeyID != "key-1" || !private.Equal(got.Signer()) {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestASecretThatCannotBeUsedSaysWhyAndNothingOfItself(t *testing.T) {
	for name, row := range refusedSecrets() {
		_, err := ParseSecret([]byte(row.Input))
		if err == nil || !strings.Contains(err.Error(), row.Result) {
			t.Errorf("%s: %v does not say %q", name, err, row.Result)
			continue
		}
		for _, secret := range []string{seed[:8], strings.ToLower(seed[:8]), "16180339887", "11qYAYK"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the message repeats the secret: %v", name, err)
			}
		}
	}
}

func TestTheDocumentationListsTheFormsOfTheSecret(t *testing.T) {
	var tried []inputs.Row
	for name := range takenSecrets(t) {
		tried = append(tried, inputs.Row{Input: name, Result: inputs.Taken})
	}
	for name, row := range refusedSecrets() {
		tried = append(tried, inputs.Row{Input: name, Result: "`" + row.Result + "`"})
	}
	inputs.Check(t, "The secret on AWS", tried)
}

func FuzzParseSecret(f *testing.F) {
	f.Add(secretWith(seed))
	f.Add(`{"walletAddress":"https://a.example","keyId":"1","privateKey":{"kty":"OKP","crv":"Ed25519","d":"AA"}}`)
	f.Add(`{"SecretString":"{}"}`)
	f.Add(`{\"WALLET_ADDRESS\":\"x\"}`)
	f.Fuzz(func(t *testing.T, secret string) {
		const marker = "qXz7marker7Zxq"
		for _, s := range []string{secret, `{"` + marker + `":"` + marker + `",` + secret, secret + marker} {
			key, err := ParseSecret([]byte(s))
			if err != nil && strings.Contains(err.Error(), marker) {
				t.Errorf("the error repeats the secret: %v", err)
			}
			if err == nil && (key.WalletAddress == "" || key.KeyID == "" || key.Signer() == nil) {
				t.Errorf("half a key: %v", key)
			}
		}
	})
}

func TestAKeyDoesNotPrint(t *testing.T) {
	key, err := ParseSecret([]byte(secretWith(seed)))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "pointer", key, "value", *key)
	printed := log.String() + fmt.Sprintf("%v %+v %#v %s %x %d", key, key, *key, key, key, key)
	for _, secret := range []string{"157 97 177", "9d61b1", "nWGx", fmt.Sprint([]byte(key.Signer().(ed25519.PrivateKey)))[1:20]} {
		if strings.Contains(printed, secret) {
			t.Errorf("%q is printed: %s", secret, printed)
		}
	}
	if !strings.Contains(printed, "key-1") {
		t.Errorf("the key's id is not printed: %s", printed)
	}
}

// A placed is a key at a place.
type placed struct {
	ed25519.PrivateKey
	place string
}

func (p placed) Location() string { return p.place }

func (p placed) SignContext(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(p.PrivateKey, message), nil
}

func TestAKeyHasChangedIfAnyPartOfItHas(t *testing.T) {
	key := newKey(t, "key-1")
	private := key.Signer().(ed25519.PrivateKey)
	key = KeyOf(key.WalletAddress, key.KeyID, placed{private, "here"})
	elsewhere := KeyOf(key.WalletAddress, key.KeyID, placed{private, "elsewhere"})
	same, otherWallet, otherID, otherPrivate := *key, *key, *key, *key
	otherWallet.WalletAddress = "https://wallet.example/other"
	otherID.KeyID = "key-2"
	otherPrivate.signer = newKey(t, "key-1").signer
	for name, tt := range map[string]struct {
		other Key
		equal bool
	}{
		"nothing":            {same, true},
		"the wallet address": {otherWallet, false},
		"the id":             {otherID, false},
		"the private key":    {otherPrivate, false},
		"where it is":        {*elsewhere, false},
	} {
		if key.equal(&tt.other) != tt.equal {
			t.Errorf("when %s differs, equal is %v", name, !tt.equal)
		}
	}
}
