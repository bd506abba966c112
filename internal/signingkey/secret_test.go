package signingkey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const (
	seed   = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=" // RFC 8032 section 7.1, test 1
	wallet = "https://wallet.example/shop"
)

func secretWith(privateKey string) string {
	b, _ := json.Marshal(map[string]string{"walletAddress": wallet, "keyId": "key-1", "privateKey": privateKey})
	return string(b)
}

func TestASecretIsReadInEachForm(t *testing.T) {
	raw, err := base64.StdEncoding.DecodeString(seed)
	if err != nil {
		t.Fatal(err)
	}
	private := ed25519.NewKeyFromSeed(raw)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	for name, privateKey := range map[string]string{
		"PKCS#8 PEM":         string(block),
		"that PEM in base64": base64.StdEncoding.EncodeToString(block),
		"a seed in base64":   seed,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseSecret([]byte(secretWith(privateKey)))
			if err != nil {
				t.Fatal(err)
			}
			if got.WalletAddress != wallet || got.KeyID != "key-1" || !bytes.Equal(got.Private, private) {
				t.Errorf("got %v", got)
			}
		})
	}
	if _, err := ParseSecret([]byte("\n" + secretWith(seed) + "\n")); err != nil {
		t.Errorf("with space around it: %v", err)
	}
}

func TestASecretThatCannotBeUsedSaysWhyAndNothingOfItself(t *testing.T) {
	for _, tt := range []struct{ name, secret, says string }{
		{"only the key", seed, "JSON"},
		{"a list", `["` + seed + `"]`, "JSON"},
		{"cut off", secretWith(seed)[:100], "JSON"},
		{"cut off at the end", strings.TrimSuffix(secretWith(seed), "}"), "JSON"},
		{"a second value", secretWith(seed) + secretWith(seed), "JSON"},
		{"raw line breaks", `{"privateKey":"-----BEGIN PRIVATE KEY-----` + "\n" + seed + `"}`, `\n`},
		{"another member", strings.Replace(secretWith(seed), "{", `{"`+seed+`":"",`, 1), "none of"},
		{"a member in other capitals", strings.Replace(secretWith(seed), "privateKey", "PrivateKey", 1), "none of"},
		{"a member twice", strings.Replace(secretWith(seed), "{", `{"privateKey":"`+seed+`",`, 1), "privateKey twice"},
		{"an empty member twice", strings.Replace(secretWith(seed), "{", `{"keyId":"",`, 1), "keyId twice"},
		{"a number", strings.Replace(secretWith(seed), `"key-1"`, "16180339887", 1), "keyId is not text"},
		{"an object", strings.Replace(secretWith(seed), `"`+seed+`"`, `{"kty":"OKP"}`, 1), "privateKey is not text"},
		{"no wallet address", `{"keyId":"key-1","privateKey":"` + seed + `"}`, "no walletAddress"},
		{"no key id", strings.Replace(secretWith(seed), "key-1", "", 1), "no keyId"},
		{"no key", secretWith(""), "no privateKey"},
		{"a key of another length", secretWith(seed[:20]), "privateKey: "},
		{"a broken PEM", secretWith("-----BEGIN PRIVATE KEY-----\n" + seed), "PEM"},
		{"empty", "", "JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseSecret([]byte(tt.secret))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("%v does not say %q", err, tt.says)
			}
			for _, secret := range []string{seed[:8], "16180339887", "OKP"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the message repeats the secret: %v", err)
				}
			}
		})
	}
}

func TestAKeyDoesNotPrint(t *testing.T) {
	key, err := ParseSecret([]byte(secretWith(seed)))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "pointer", key, "value", *key)
	printed := log.String() + fmt.Sprintf("%v %+v %#v %s %x %d", key, key, *key, key, key, key)
	for _, secret := range []string{"157 97 177", "9d61b1", "nWGx", fmt.Sprint([]byte(key.Private))[1:20]} {
		if strings.Contains(printed, secret) {
			t.Errorf("%q is printed: %s", secret, printed)
		}
	}
	if !strings.Contains(printed, "key-1") {
		t.Errorf("the key's id is not printed: %s", printed)
	}
}

func TestAKeyHasChangedIfAnyPartOfItHas(t *testing.T) {
	key := newKey(t, "key-1")
	same, otherWallet, otherID, otherPrivate := *key, *key, *key, *key
	otherWallet.WalletAddress = "https://wallet.example/other"
	otherID.KeyID = "key-2"
	otherPrivate.Private = newKey(t, "key-1").Private
	for name, tt := range map[string]struct {
		other Key
		equal bool
	}{
		"nothing":            {same, true},
		"the wallet address": {otherWallet, false},
		"the id":             {otherID, false},
		"the private key":    {otherPrivate, false},
	} {
		if key.equal(&tt.other) != tt.equal {
			t.Errorf("when %s differs, equal is %v", name, !tt.equal)
		}
	}
}
